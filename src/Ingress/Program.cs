using TreasureHunt.Ingress;

var builder = WebApplication.CreateBuilder(args);
var app = builder.BuildIngress();
app.Run();
