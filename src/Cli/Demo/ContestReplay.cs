using TreasureHunt.Cli.Contests;
using TreasureHunt.Contracts.Lanes;

namespace TreasureHunt.Cli.Demo;

/// <summary>
/// The one ordered producer of a contest: registrations, then every run when its time has come on the compressed clock,
/// in batches of up to 256. A batch goes out only after the broker has confirmed the one before.
/// </summary>
internal sealed class ContestReplay(Contest contest, ContestHunt plan, ActionSender importer, double speed, TimeProvider clock)
{
    private const double LastPart = 0.85;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);
    private readonly IReadOnlyList<SentAction> _registrations = [.. plan.Registrations.Select(a => new SentAction(a.Action, a.OccurredAt))];
    private readonly IReadOnlyList<SentAction> _runs = [.. plan.Runs.Select(a => new SentAction(a.Action, a.OccurredAt))];
    private int _sent;
    private long _contestTicks;

    public int Total => _runs.Count;

    /// <summary>Runs the broker has.</summary>
    public int Sent => Volatile.Read(ref _sent);

    /// <summary>Where the compressed clock stands.</summary>
    public TimeSpan ContestTime => new(Volatile.Read(ref _contestTicks));

    public IEnumerable<Guid> IdsInOrder => _registrations.Concat(_runs).Select(sent => sent.Action.ActionId);

    public async Task RegisterAsync(CancellationToken cancel)
    {
        foreach (var batch in _registrations.Chunk(Envelope.MaxActions)) await importer.DecideAsync(batch, cancel);
    }

    /// <param name="lastPartAfter">the last part of the runs waits for it, so that what is done to the engine is done while runs still come</param>
    public async Task RunAsync(Task lastPartAfter, CancellationToken cancel)
    {
        var start = clock.GetTimestamp();
        while (Sent < Total)
        {
            if (Sent >= LastPart * Total && !lastPartAfter.IsCompleted) await lastPartAfter.WaitAsync(cancel);
            var now = clock.GetElapsedTime(start) * speed;
            Volatile.Write(ref _contestTicks, Math.Min(now.Ticks, contest.Duration.Ticks));
            var due = _runs.Skip(Sent).Take(Envelope.MaxActions).TakeWhile(run => run.OccurredAt - contest.Start <= now).ToList();
            if (due.Count == 0)
            {
                await Task.Delay(Tick, clock, cancel);
                continue;
            }
            await importer.ConfirmAsync(due, cancel);
            Volatile.Write(ref _sent, Sent + due.Count);
        }
    }

    /// <summary>Asks what became of everything by sending it all again with the same ids: no second effect, but an answer.</summary>
    public async Task SettleAsync(CancellationToken cancel)
    {
        foreach (var batch in _registrations.Concat(_runs).Chunk(Envelope.MaxActions)) await importer.DecideAsync(batch, cancel);
    }
}
