namespace TreasureHunt.Contracts.Settings;

public static class SettingsSchema
{
    public static Settings Defaults { get; } = new()
    {
        Version = 0,
        Lane = new LaneSettings(Concurrency: 2, BatchCap: 1024, Window: 64, Pace: TimeSpan.FromMilliseconds(5), Paused: false, Prefetch: 64),
        Intake = new IntakeSettings(Prefetch: 32),
        Ingress = new IngressSettings(LaneDepth: 50_000, RatePerSecond: 50, RateBurst: 200),
        Checkpoint = new CheckpointSettings(Every: 5_000),
        Log = new LogSettings("information"),
    };
}
