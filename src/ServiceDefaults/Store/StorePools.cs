namespace TreasureHunt.ServiceDefaults.Store;

/// <summary>Database connections a processor opens at most, by purpose. ConfigService weighs lane.concurrency against them.</summary>
public static class StorePools
{
    /// <summary>A commit under way holds one.</summary>
    public const int Writer = 16;

    /// <summary>Hunts that are loaded, parked actions, tables.</summary>
    public const int Reader = 12, Daemon = 8;
}
