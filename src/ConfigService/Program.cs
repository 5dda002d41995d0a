using TreasureHunt.ConfigService.Fleet;
using TreasureHunt.ConfigService.Lanes;
using TreasureHunt.ConfigService.OpenApi;
using TreasureHunt.ConfigService.Settings;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.ServiceDefaults.OpenApi;
using TreasureHunt.ServiceDefaults.Settings;

var builder = WebApplication.CreateBuilder(args);
var options = builder.AddServiceDefaults("config");
builder.AddHuntAuth();
builder.AddLiveSettings("config"); // its own log level is a setting too
builder.AddSettings(options);      // the stream: decide, append, announce
builder.AddFleet(options);         // receipts: who works by what
builder.AddLanePlan(options);      // presence: who should own which lane
builder.Services.AddApiDocument();

var app = builder.Build();
app.UseHuntAuth();
app.MapServiceDefaults();
app.MapSettings();
app.MapProposals();
app.MapFleet();
app.MapLanes();
app.MapApiDocument();
await app.RunAsync();
