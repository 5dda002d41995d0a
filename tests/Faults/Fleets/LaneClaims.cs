using System.Collections.Immutable;
using System.Globalization;

namespace TreasureHunt.Tests.Faults.Fleets;

/// <summary>
/// Asks the processors five times a second which lanes they work. Their answers are not of one moment: a lane that moves meanwhile is
/// claimed by the one that has just given it up and by the one that has just got it. Two that claim it in two samples on end both
/// worked it, as far as they knew, at one moment between them.
/// </summary>
public sealed class LaneClaims
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(200);
    private static readonly ImmutableHashSet<string> Nobody = [];

    private readonly RunningFleet _fleet;
    private readonly Func<IReadOnlyCollection<int>> _processors;
    private readonly ImmutableHashSet<string>[] _before;
    private readonly List<string> _twice = [];
    private readonly CancellationTokenSource _enough = new();
    private readonly Task _asking;

    private LaneClaims(RunningFleet fleet, Func<IReadOnlyCollection<int>> processors)
    {
        (_fleet, _processors) = (fleet, processors);
        _before = [.. Enumerable.Repeat(Nobody, fleet.Options.Lanes)];
        _asking = Task.Run(AskAsync);
    }

    /// <param name="processors">numbers of those that were ever started; who is not there does not answer</param>
    public static LaneClaims Of(RunningFleet fleet, Func<IReadOnlyCollection<int>> processors) => new(fleet, processors);

    public int Samples { get; private set; }

    /// <summary>Answers that named a lane.</summary>
    public int Claims { get; private set; }

    /// <summary>Samples of a lane that two claimed, in this one alone.</summary>
    public int AtOnce { get; private set; }

    /// <summary>What two claimed in two samples on end.</summary>
    public IReadOnlyList<string> Twice => _twice;

    public async Task StopAsync()
    {
        await _enough.CancelAsync();
        await _asking;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Samples} samples of who works which lane, {Claims} claims: {AtOnce} times two claimed a lane in one sample alone, {_twice.Count} times in two samples on end");

    private async Task AskAsync()
    {
        using var timer = new PeriodicTimer(Every);
        do
        {
            var answers = await Task.WhenAll(_processors().Select(_fleet.StatusAsync));
            var claims = answers.OfType<ProcessorStatus>().SelectMany(one => one.Lanes.Where(lane => lane.Active), (one, lane) => (lane.Lane, one.Instance)).ToLookup(claim => claim.Lane, claim => claim.Instance);
            for (var lane = 0; lane < _before.Length; lane++) Take(lane, [.. claims[lane]]);
            Samples++;
        }
        while (await NextAsync(timer));
    }

    private void Take(int lane, ImmutableHashSet<string> now)
    {
        Claims += now.Count;
        var still = now.Intersect(_before[lane]);
        _before[lane] = now;
        if (still.Count > 1) _twice.Add(string.Create(CultureInfo.InvariantCulture, $"{_fleet.Clock.GetUtcNow():HH:mm:ss.fff} lane {lane}: {string.Join(" and ", still.Order())}"));
        else if (now.Count > 1) AtOnce++;
    }

    private async Task<bool> NextAsync(PeriodicTimer timer)
    {
        try
        {
            return await timer.WaitForNextTickAsync(_enough.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
