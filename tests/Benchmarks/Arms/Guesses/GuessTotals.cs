namespace TreasureHunt.Tests.Benchmarks.Arms.Guesses;

/// <summary>Counters of a rival. Thread-safe.</summary>
public sealed class GuessTotals
{
    private long _committed, _batches, _retried;

    public ChildTotals Now => new(Interlocked.Read(ref _committed), Interlocked.Read(ref _batches), Interlocked.Read(ref _retried), Parked: 0);

    /// <summary>One commit.</summary>
    public void Committed(int actions)
    {
        Interlocked.Add(ref _committed, actions);
        Interlocked.Increment(ref _batches);
    }

    public void Retried() => Interlocked.Increment(ref _retried);
}
