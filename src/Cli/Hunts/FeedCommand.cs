using System.CommandLine;
using System.Text.Json;
using TreasureHunt.Cli.Api;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Ingress.Feed;
using TreasureHunt.ServiceDefaults.Auth;

namespace TreasureHunt.Cli.Hunts;

/// <summary>hunt feed: what happens in a hunt, as it happens.</summary>
public static class FeedCommand
{
    public static Command Create()
    {
        var hunt = new Argument<string>("hunt") { Description = "slug of the hunt" };
        var after = new Option<string?>("--after") { Description = "id of an event, or a version: what followed it comes first; 0: all from the beginning" };
        var live = new Option<bool>("--live") { Description = "as organisers see it: wrong guesses and hints too, also while the board is frozen" };
        var (name, json) = (BoxOptions.Name(), BoxOptions.Json());
        return new HuntCommand("feed", "Follows what happens in a hunt until Ctrl-C.", "./hunt feed lisbon --after 0", async (parsed, cancel) =>
        {
            var isLive = parsed.GetValue(live);
            var api = HuntApi.For(Connections.Of(parsed.GetValue(name)!), "feed", isLive ? Role.Organiser : Role.Analyst);
            await foreach (var told in api.FeedAsync(parsed.GetValue(hunt)!, parsed.GetValue(after), isLive, cancel))
            {
                if (parsed.GetValue(json)) Screen.Line(told.Data);
                else if (told.EventType == FeedText.Ready) Screen.Note($"following {parsed.GetValue(hunt)}, after {told.EventId}");
                else Screen.Line(Line(JsonSerializer.Deserialize<FeedFact>(told.Data, ApiClient.Json)!));
            }
            return ExitCode.Ok;
        }) { hunt, after, live, name, json };
    }

    private static string Line(FeedFact told)
    {
        string?[] words =
        [
            $"{told.Version,7}  {told.At.UtcDateTime:HH:mm:ss}  {told.Fact,-15}", told.Team, told.Treasure, told.Hint,
            told.Ordinal is { } ordinal ? $"finder {ordinal}" : null,
            told.Points is { } points ? $"{points} points" : null,
            told.Bonus is > 0 and { } bonus ? $"+{bonus}" : null,
            (told.Penalty ?? told.Cost) is > 0 and { } cost ? $"-{cost}" : null,
        ];
        return string.Join("  ", words.Where(word => word is not null));
    }
}
