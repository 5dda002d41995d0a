namespace TreasureHunt.ServiceDefaults;

/// <summary>What the runtime did since the process started, for status pages and benchmarks.</summary>
/// <param name="AllocatedBytes">on the managed heap, in all threads</param>
/// <param name="Collections">garbage collections of generation 0, 1 and 2</param>
/// <param name="PausePercent">share of the time everything stood still for them</param>
/// <param name="HeapBytes">managed heap after the last collection</param>
public sealed record ProcessStatus(long AllocatedBytes, IReadOnlyList<int> Collections, double PausePercent, long HeapBytes)
{
    public static ProcessStatus Now()
    {
        var last = GC.GetGCMemoryInfo();
        return new(
            GC.GetTotalAllocatedBytes(), [GC.CollectionCount(0), GC.CollectionCount(1), GC.CollectionCount(2)], last.PauseTimePercentage, last.HeapSizeBytes);
    }
}
