using TreasureHunt.Cli.Boxes;
using TreasureHunt.Cli.Frame;

namespace TreasureHunt.Cli.Demo;

/// <summary>What a demo prints at its end.</summary>
internal static class DemoReport
{
    public static void Print(Conservation books, bool? boardEqualsFold, LatencySummary? latency)
    {
        Screen.Line();
        Screen.Line("Conservation, the senders' books against the stored stream:");
        Screen.Table(["", "actions"],
        [
            ["sent (distinct ids)", $"{books.Sent:N0}"],
            ["sendings, repetitions included", $"{books.Sendings:N0}"],
            ["applied", $"{books.Applied:N0}"],
            ["refused", $"{books.Refused:N0}"],
            ["parked", $"{books.Parked:N0}"],
            ["stored in the stream", $"{books.Stored:N0}"],
            ["lost", $"{books.Lost:N0}"],
            ["doubled", $"{books.Doubled:N0}"],
            ["told otherwise than stored", $"{books.Contradicted:N0}"],
        ]);
        Screen.Line(books.Holds
            ? $"holds: {books.Sent:N0} = {books.Applied:N0} applied + {books.Refused:N0} refused + {books.Parked:N0} parked = {books.Stored:N0} stored; 0 lost, 0 doubled"
            : "DOES NOT HOLD:\n  " + string.Join("\n  ", books.Problems));
        if (boardEqualsFold is { } same) Screen.Line(same ? "the served board equals the fold of the stream" : "THE SERVED BOARD DIFFERS from the fold of the stream");
        if (latency is { } times)
            Screen.Line($"round trip of {times.Count:N0} actions, sent to known, kill and repetitions included: p50 {times.P50Ms:0.0} ms, p95 {times.P95Ms:0.0} ms, p99 {times.P99Ms:0.0} ms, max {times.MaxMs:0} ms");
    }

    public static void WhereNext(DemoStage stage, string hunt, bool keep)
    {
        Screen.Line();
        if (!keep)
        {
            Screen.Line("Look around yourself: ./hunt demo --keep leaves everything running.");
            return;
        }
        var name = Box.NameOption(stage.Box.Name);
        Screen.Line("It runs on. Where to look next:");
        Screen.Line($"  ./hunt board {hunt}{name}");
        Screen.Line($"  ./hunt settings history{name}");
        Screen.Line($"  curl -H \"Authorization: Bearer $(./hunt token{name})\" {stage.Connections.Ingress}hunts/{hunt}/board");
        Screen.Line($"  logs in {stage.Box.Logs}");
        Screen.Line($"  ./hunt down{name} --delete-data");
    }
}
