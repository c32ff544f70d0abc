using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace PlannerHost.Demo;

/// <summary>A port of loopback that nobody listens on now.</summary>
internal static class FreePort
{
    public static Uri Address()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}"));
    }
}
