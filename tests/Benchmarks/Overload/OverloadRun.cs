using System.Diagnostics;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Tests.Benchmarks.Doors;
using TreasureHunt.Tests.Benchmarks.Load;

namespace TreasureHunt.Tests.Benchmarks.Overload;

/// <summary>Offers actions at a rate, counts what is decided meanwhile and what is turned away, and waits until it is over.</summary>
public sealed class OverloadRun(RunningEngine engine, HttpLoad load, ActionSource source, OverloadPlan plan, TimeProvider time)
{
    /// <summary>Actions of a closed loop; with a look at a board beside every fourth action, every fifth request is one.</summary>
    private const int ClosedActions = 20_000, ActionsPerLook = 4;

    /// <summary>An outcome that is back within this says that the overload is over.</summary>
    private static readonly TimeSpan Recovered = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan RecoveryLimit = TimeSpan.FromMinutes(1), Rest = TimeSpan.FromSeconds(1);

    /// <summary>On as few connections as may be in flight, so that none is turned away.</summary>
    /// <returns>actions per second, sent to committed</returns>
    public async Task<double> ClosedAsync(CancellationToken cancel)
    {
        using var few = await HttpLoad.ConnectAsync(engine.Ingress.Address, Math.Min(plan.InFlight, plan.Connections), cancel);
        var actions = source.Take(ClosedActions);
        var clock = Stopwatch.StartNew();
        var answers = await few.ClosedAsync(Array.ConvertAll(actions, engine.Requests.Post), cancel);
        AcceptedAction[] accepted = [.. answers.Where((_, answer) => answer.Status == 202).Select(i => actions[i])];
        engine.Accepted(accepted);
        await engine.StoredAsync(cancel);
        return accepted.Length / clock.Elapsed.TotalSeconds;
    }

    /// <param name="rate">actions per second; a look at a board comes beside every fourth</param>
    public async Task<OverloadStep> StepAsync(string name, double rate, CancellationToken cancel)
    {
        var requests = new List<(byte[] Bytes, AcceptedAction? Action)>(); // an action, or a look at a board
        foreach (var action in source.Take((int)(rate * plan.Seconds)))
        {
            requests.Add((engine.Requests.Post(action), action));
            if (requests.Count % (ActionsPerLook + 1) == ActionsPerLook) requests.Add((engine.Requests.Board(action), null));
        }
        var requestRate = rate * (ActionsPerLook + 1) / ActionsPerLook;
        var arrivals = Arrivals.Of(plan.Arrivals, requestRate);
        await engine.StoredAsync(cancel);
        await engine.Database.CheckpointAsync(cancel);
        GC.Collect();
        await Task.Delay(Rest, time, cancel);

        var offering = load.OpenAsync([.. requests.Select(request => request.Bytes)], arrivals, cancel);
        var committed = await CommittedPerSecondAsync(cancel);
        var answers = await offering;
        var over = Stopwatch.GetTimestamp();
        engine.Accepted(answers.Where((i, answer) => requests[i].Action is not null && answer.Status == 202).Select(i => requests[i].Action!));
        var left = engine.AcceptedCount - await engine.StoredNowAsync(cancel);
        var recovery = await RecoveryAsync(over, cancel);
        await engine.StoredAsync(cancel);
        var step = OverloadStep.Of(name, rate, committed, answers, i => requests[i].Action is not null, left, recovery);
        Screen.Note($"  {step}");
        return step;
    }

    /// <summary>Over the time of the load, but for its first second.</summary>
    private async Task<double> CommittedPerSecondAsync(CancellationToken cancel)
    {
        await Task.Delay(Rest, time, cancel);
        var (from, before) = (Stopwatch.GetTimestamp(), await engine.StoredAtMostAsync(cancel));
        await Task.Delay(TimeSpan.FromSeconds(plan.Seconds) - Rest, time, cancel);
        var stored = await engine.StoredAtMostAsync(cancel) - before;
        return stored / Stopwatch.GetElapsedTime(from).TotalSeconds;
    }

    /// <summary>One player after another asks and waits for the outcome.</summary>
    /// <returns>from the end of the load until one had it at once</returns>
    private async Task<TimeSpan> RecoveryAsync(long over, CancellationToken cancel)
    {
        while (Stopwatch.GetElapsedTime(over) < RecoveryLimit)
        {
            var probe = source.Take(1);
            var answer = await load.ClosedAsync([engine.Requests.PostAndWait(probe[0])], cancel);
            if (answer[0].Status is 200 or 202) engine.Accepted(probe);
            if (answer[0].Status == 200 && answer.Elapsed <= Recovered) return Stopwatch.GetElapsedTime(over);
        }
        throw new CommandFailed(ExitCode.Failed, $"{RecoveryLimit.TotalSeconds:0} s after the load no outcome is back within {Recovered.TotalMilliseconds:0} ms.");
    }
}
