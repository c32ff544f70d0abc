global using NUnit.Framework;
global using PlannerHost.Demo;
