namespace TreasureHunt.Tests.Benchmarks.Load;

/// <summary>How actions are spread over hunts.</summary>
public enum HuntMix
{
    /// <summary>By Zipf's law: few hunts are hot, most are quiet.</summary>
    Zipf,

    /// <summary>Nine of ten to one hunt, the rest evenly to the others.</summary>
    Hot,

    Uniform,
}

public static class HuntMixes
{
    private const double HotShare = 0.90;

    /// <summary>Draws 0..hunts-1.</summary>
    public static Func<Random, int> Over(this HuntMix mix, int hunts)
    {
        if (mix == HuntMix.Uniform || hunts == 1) return random => random.Next(hunts);
        if (mix == HuntMix.Hot) return random => random.NextDouble() < HotShare ? 0 : random.Next(1, hunts);
        return new Zipf(hunts).Next;
    }
}
