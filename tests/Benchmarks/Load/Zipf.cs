namespace TreasureHunt.Tests.Benchmarks.Load;

/// <summary>Draws 0..n-1 with probability proportional to 1 / (rank + 1): few hunts are hot, most are quiet. Zipf's law, exponent 1.</summary>
public sealed class Zipf
{
    private readonly double[] _upTo;

    public Zipf(int n)
    {
        _upTo = new double[n];
        var sum = 0.0;
        for (var i = 0; i < n; i++) _upTo[i] = sum += 1.0 / (i + 1);
        for (var i = 0; i < n; i++) _upTo[i] /= sum;
    }

    public int Next(Random random)
    {
        var at = Array.BinarySearch(_upTo, random.NextDouble());
        return Math.Min(at < 0 ? ~at : at, _upTo.Length - 1);
    }
}
