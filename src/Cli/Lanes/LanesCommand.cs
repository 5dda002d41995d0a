using System.CommandLine;
using System.Globalization;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Cli.Settings;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Lanes;

namespace TreasureHunt.Cli.Lanes;

/// <summary>hunt lanes: who should own which lane, who does, how deep and how fast they are, and which are hot.</summary>
public static class LanesCommand
{
    private static readonly TimeSpan WatchEvery = TimeSpan.FromSeconds(1);

    public static Command Create()
    {
        var (name, json) = (BoxOptions.Name(), BoxOptions.Json());
        var watch = new Option<bool>("--watch") { Description = "shows it again every second, until Ctrl-C; with --json one line each" };
        return new HuntCommand(
            "lanes", "Shows every lane's planned and actual owner, depth, rate and share, and the processors with their weights.", "./hunt lanes --watch",
            (parsed, cancel) => RunAsync(parsed.GetValue(name)!, parsed.GetValue(json), parsed.GetValue(watch), TimeProvider.System, cancel)) { watch, json, name };
    }

    private static async Task<ExitCode> RunAsync(string box, bool json, bool watch, TimeProvider time, CancellationToken cancel)
    {
        using var client = SettingsClient.Of(box);
        while (true)
        {
            var lanes = await client.LanesAsync(cancel);
            if (json && watch) Screen.Line(System.Text.Json.JsonSerializer.Serialize(lanes, Wire.Default.LanesView));
            else if (json) SettingsReport.Print(lanes, Wire.Default.LanesView);
            else Show(lanes, time.GetUtcNow());
            if (!watch) return ExitCode.Ok;
            await Task.Delay(WatchEvery, time, cancel);
        }
    }

    private static void Show(LanesView view, DateTimeOffset now)
    {
        Screen.Line($"{now.UtcDateTime:HH:mm:ss} UTC, settings version {view.Version}; lane.balance = {(view.Balanced ? "true" : "false")}, lane.plan = {view.Plan}");
        Screen.Table(
            ["lane", "planned", "owner", "waiting", "in hand", "actions/s", "share", ""],
            view.Lanes.Select(lane => new[]
            {
                $"{lane.Lane}", lane.Planned ?? "-", lane.Owners.Count == 0 ? "idle" : string.Join(" + ", lane.Owners), lane.Waiting is { } waiting ? $"{waiting}" : "?",
                $"{lane.InHand}", lane.PerSecond.ToString("0.0", CultureInfo.InvariantCulture), lane.Share.ToString("0 %", CultureInfo.InvariantCulture),
                Remark(lane),
            }));
        if (view.Processors.Count == 0)
        {
            Screen.Line("No processor has reported.");
            return;
        }
        Screen.Table(
            ["processor", "weight", "planned", "works", "actions/s", "version", "state"],
            view.Processors.Select(processor => new[]
            {
                processor.Instance, $"{processor.Weight}", $"{processor.Planned}", $"{processor.Active}", processor.PerSecond.ToString("0.0", CultureInfo.InvariantCulture),
                $"{processor.Version}", processor.Stage.ToString().ToLowerInvariant(),
            }));
        Screen.Line(view.InStep ? "Every lane that is worked is worked by its planned owner." : "Lanes are moving, or their planned owner is not there.");
    }

    public static string Remark(LaneView lane) =>
        string.Join(", ", new[] { lane.Hot ? "HOT" : "", lane.Planned is not null && lane.Owners.Count > 0 && (lane.Owners.Count > 1 || lane.Owners[0] != lane.Planned) ? "moving" : "" }
            .Where(word => word.Length > 0));
}
