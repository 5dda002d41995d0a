namespace TreasureHunt.Tests.Benchmarks.Claims.Lookups;

/// <summary>Asks a central place for a setting. Its calls are counted, those that failed too.</summary>
public interface ILookup
{
    /// <summary>Calls made to the central place so far.</summary>
    long Calls { get; }

    /// <exception cref="Exception">the central place did not answer this time</exception>
    ValueTask<CentralValue> GetAsync(CancellationToken cancel);
}

/// <summary>lane.batchCap as a central place keeps it.</summary>
/// <param name="Version">rises with every change</param>
public sealed record CentralValue(long Version, int BatchCap);
