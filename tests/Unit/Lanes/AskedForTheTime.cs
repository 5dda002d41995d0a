namespace TreasureHunt.Tests.Unit.Lanes;

/// <summary>The system's time, and how often it was asked for: every decision asks, parked ones too.</summary>
internal sealed class AskedForTheTime : TimeProvider
{
    private int _asked;

    public int Asked => Volatile.Read(ref _asked);

    public override DateTimeOffset GetUtcNow()
    {
        Interlocked.Increment(ref _asked);
        return base.GetUtcNow();
    }
}
