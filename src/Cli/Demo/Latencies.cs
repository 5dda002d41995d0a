namespace TreasureHunt.Cli.Demo;

/// <summary>Times from sending an action to knowing what became of it, repetitions included. Thread-safe.</summary>
internal sealed class Latencies
{
    public const int MaxKept = 1_000_000;

    private readonly Lock _gate = new();
    private readonly List<float> _milliseconds = [];

    public void Add(TimeSpan time)
    {
        lock (_gate)
            if (_milliseconds.Count < MaxKept) _milliseconds.Add((float)time.TotalMilliseconds);
    }

    /// <summary>Milliseconds; zeroes when there is none.</summary>
    public LatencySummary Summary()
    {
        float[] sorted;
        lock (_gate) sorted = [.. _milliseconds];
        Array.Sort(sorted);
        return sorted.Length == 0
            ? new LatencySummary(0, 0, 0, 0, 0)
            : new LatencySummary(sorted.Length, At(0.5), At(0.95), At(0.99), sorted[^1]);

        double At(double share) => sorted[Math.Min(sorted.Length - 1, (int)Math.Ceiling(share * sorted.Length) - 1)];
    }
}

internal sealed record LatencySummary(int Count, double P50Ms, double P95Ms, double P99Ms, double MaxMs);
