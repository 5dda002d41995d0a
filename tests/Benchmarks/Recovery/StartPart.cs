using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Processors.Lanes;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Report;
using TreasureHunt.Tests.Benchmarks.Settings;
using static TreasureHunt.Tests.Benchmarks.Report.Finding;

namespace TreasureHunt.Tests.Benchmarks.Recovery;

/// <summary>P6: a processor that was killed is started again, and decides an action of the large hunt.</summary>
public static class StartPart
{
    /// <summary>At most so many actions at a time, until nearly as many events as there may be come after the last checkpoint.</summary>
    private const int Step = 4_000;

    private static readonly int Every = SettingsSchema.Defaults.Checkpoint.Every;

    public static async Task<PartResult> RunAsync(LargeHunt hunt, RecoveryPlan plan, CancellationToken cancel)
    {
        var (afterKill, afterStop, withoutCheckpoint) = (new List<(double Ready, double First)>(), new List<(double Ready, double First)>(), new List<(double Ready, double First)>());
        var tails = new List<long>(); // events after the last checkpoint
        for (var round = 0; round < plan.Rounds; round++)
        {
            afterStop.Add(await hunt.StartAndAskAsync(async arm =>
            {
                await PlayUntilDueAsync(hunt, arm, cancel);
                await arm.Process.KillAsync();
            }, cancel));
            tails.Add((await TailAsync(hunt, cancel)).Events);
            afterKill.Add(await hunt.StartAndAskAsync(_ => Task.CompletedTask, cancel));
            Screen.Note($"  {tails[^1]:#,0} events after the checkpoint: ready after {Number(afterKill[^1].Ready)} ms, the action {Number(afterKill[^1].First)} ms");
        }
        for (var round = 0; round < Math.Min(2, plan.Rounds); round++)
        {
            await ArmDatabase.ExecuteAsync(hunt.Database.Data, "delete from hunts.checkpoints", cancel);
            withoutCheckpoint.Add(await hunt.StartAndAskAsync(_ => Task.CompletedTask, cancel));
        }
        var books = await hunt.CheckAsync(cancel);
        return new PartResult(
            "start", $"One processor on a store whose largest hunt has {books.Events:#,0} events; {plan.Rounds} starts after a kill and after a stop. The lanes' queues are made anew in between: what the broker hands over again is not in these times. Books: {books}.",
            [
                .. Rows($"after kill -9 (up to {tails.Max():#,0} events after the checkpoint)", afterKill, goal: true),
                .. Rows("after an orderly stop", afterStop, goal: true),
                .. Rows("without any checkpoint: the whole hunt folded", withoutCheckpoint, goal: false),
            ]);
    }

    private static IEnumerable<Finding> Rows(string what, List<(double Ready, double First)> starts, bool goal)
    {
        var first = Of(starts.Select(start => start.First));
        yield return new Finding("P6", $"{what}: the hunt's first action, sent when the processor is ready", goal ? "<= 2 s" : "", Shown(first), goal ? first.Max <= 2_000 : null);
        yield return new Finding("", $"{what}: from the start of the process until it is ready", "", Shown(Of(starts.Select(start => start.Ready))));
    }

    /// <summary>The kill is to come at the worst moment: when the next checkpoint is nearly due.</summary>
    private static async Task PlayUntilDueAsync(LargeHunt hunt, LanesArm arm, CancellationToken cancel)
    {
        for (var steps = 0; steps < 100; steps++)
        {
            var (version, tail) = await TailAsync(hunt, cancel);
            if (!LaneCheckpoints.IsDue(version, version - tail, Every) && LaneCheckpoints.IsDue(version + Step, version - tail, Every)) return;
            await hunt.PlayAsync(arm, Step, cancel);
        }
        throw new CommandFailed(ExitCode.Failed, "The checkpoints of the hunt do not come where they should.");
    }

    private static async Task<(long Version, long Events)> TailAsync(LargeHunt hunt, CancellationToken cancel)
    {
        await using var command = hunt.Database.Data.CreateCommand(
            "select stream.version, stream.version - coalesce(kept.version, 0) from hunts.mt_streams as stream left join hunts.checkpoints as kept on stream.id = 'hunt/' || kept.hunt where stream.id = 'hunt/' || $1");
        command.Parameters.AddWithValue(LargeHunt.Slug);
        await using var row = await command.ExecuteReaderAsync(cancel);
        await row.ReadAsync(cancel);
        return (row.GetInt64(0), row.GetInt64(1));
    }
}
