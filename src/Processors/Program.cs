using TreasureHunt.Processors.Lanes;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Settings;

var builder = WebApplication.CreateBuilder(args);
var options = builder.AddServiceDefaults("processors");
builder.AddLiveSettings("processors");
builder.AddLanes(options);

var app = builder.Build();
app.MapServiceDefaults();
app.MapLaneStatus();
app.Run();
