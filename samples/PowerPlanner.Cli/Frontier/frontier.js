"use strict";
// A crosshair over all panels, and the values of the plan that holds at its watts. The page is complete without it.
document.querySelectorAll("figure").forEach(function (figure) {
  var svg = figure.querySelector("svg"), cross = svg.querySelector(".cross"), tip = figure.querySelector(".tip");
  var data = JSON.parse(figure.querySelector("script").textContent);
  function hide() { cross.setAttribute("visibility", "hidden"); tip.hidden = true; }
  function holdsAt(watts) { return data.watts.filter(function (own) { return watts >= own; }).length - 1; }
  svg.addEventListener("pointerleave", hide);
  svg.addEventListener("pointermove", function (event) {
    var box = svg.getBoundingClientRect(), scale = box.width / svg.viewBox.baseVal.width;
    var watts = ((event.clientX - box.left) / scale - data.left) / data.width * data.mostWatts;
    var place = watts > data.mostWatts ? -1 : holdsAt(watts);
    if (place >= 0) {
      var x = data.left + data.width * watts / data.mostWatts;
      cross.setAttribute("x1", x); cross.setAttribute("x2", x); cross.setAttribute("visibility", "visible");
      tip.textContent = "";
      var head = document.createElement("b"); head.textContent = data.watts[place].toLocaleString("en") + " W, best within " + Math.round(watts).toLocaleString("en") + " W"; tip.appendChild(head);
      var table = document.createElement("table"); tip.appendChild(table);
      data.lines.forEach(function (line) {
        var value = line.values[place], row = table.insertRow();
        row.insertCell().textContent = line.panel; row.insertCell().textContent = line.name;
        row.insertCell().textContent = value.toLocaleString("en", { maximumFractionDigits: Math.abs(value) > 99 ? 0 : 3 }) + " " + line.unit;
      });
      tip.hidden = false;
      var right = x * scale, wide = tip.offsetWidth + 24;
      tip.style.left = (right + wide > box.width ? right - wide + 10 : right + 14) + "px";
      tip.style.top = Math.max(0, Math.min(event.clientY - box.top - 20, box.height - tip.offsetHeight)) + "px";
    } else { hide(); }
  });
});
