namespace TreasureHunt.Contracts.Settings;

/// <summary>
/// All settings there are. Validation, help, documentation and the snapshot are made from this list; a value that is not
/// defined here cannot be read, for <see cref="Resolve"/> reads by definition, not by name.
/// </summary>
public static class SettingsSchema
{
    public static readonly WholeNumberSetting LaneConcurrency = new(0, 64)
    {
        Key = "lane.concurrency", Default = SettingValue.Of(2), Unit = "lanes", Dangerous = true,
        Summary = "Lanes worked at once in a processor; 0 stops them all.",
        Cost = "One database connection and up to one core per lane.",
        Metric = "hunt.lane.active",
    };

    public static readonly WholeNumberSetting LaneBatchCap = new(1, 4096)
    {
        Key = "lane.batchCap", Default = SettingValue.Of(1024), Unit = "actions",
        Summary = "Actions in one commit at most.",
        Cost = "Larger batches are cheaper per action and make the first of them wait longer.",
        Metric = "hunt.lane.batch.actions",
    };

    public static readonly WholeNumberSetting LaneWindow = new(1, 256)
    {
        Key = "lane.window", Default = SettingValue.Of(64), Unit = "envelopes",
        Summary = "Envelopes of a lane in the worker's hands at most.",
        Cost = "Up to 256 actions of memory per envelope; a small window makes small batches.",
        Metric = "hunt.lane.window.used",
    };

    public static readonly MillisecondsSetting LanePace = new(0, 10)
    {
        Key = "lane.pace", Default = SettingValue.Of(5), Unit = "ms",
        Summary = "Time between two batches of a busy lane at least; an idle lane never waits.",
        Cost = "Adds up to this much latency; without it middle load burns processor time on small batches.",
        Metric = "hunt.lane.batch.actions",
    };

    public static readonly FlagSetting LanePaused = new()
    {
        Key = "lane.paused", Default = SettingValue.Of(false), Dangerous = true,
        Summary = "No lane starts a batch; what is running ends.",
        Cost = "Actions wait in the queues; at ingress.laneDepth new ones are answered 503.",
        Metric = "hunt.lane.active",
    };

    public static readonly WholeNumberSetting LanePrefetch = new(1, 256)
    {
        Key = "lane.prefetch", Default = SettingValue.Of(64), Unit = "envelopes", Apply = SettingApply.ReOpen,
        Summary = "Unacknowledged envelopes the broker hands to a lane.",
        Cost = "Every change re-opens each lane once (a pause of some 10 ms, the lane may move). For every day use lane.window.",
        Metric = "hunt.lane.window.used",
    };

    public static readonly WholeNumberSetting IntakePrefetch = new(1, 256)
    {
        Key = "intake.prefetch", Default = SettingValue.Of(32), Unit = "messages", Apply = SettingApply.HandOver,
        Summary = "Unacknowledged messages of the player-actions queue per ingress, which is also how many it works at once.",
        Cost = "Memory for the messages; above some 100 it brings nothing more.",
        Metric = "hunt.intake.in_flight",
    };

    public static readonly WholeNumberSetting IngressLaneDepth = new(100, 1_000_000)
    {
        Key = "ingress.laneDepth", Default = SettingValue.Of(50_000), Unit = "actions",
        Summary = "Accepted and undecided actions of a lane at which an ingress answers 503.",
        Cost = "Depth is waiting time: divide by the lane's rate.",
        Metric = "hunt.ingress.lane.depth",
    };

    public static readonly WholeNumberSetting IngressRatePerSecond = new(1, 1_000_000)
    {
        Key = "ingress.ratePerSecond", Default = SettingValue.Of(50), Unit = "actions per second",
        Summary = "Actions per second one subject may send to one hunt; more is answered 429.",
        Cost = "Bounds the flood of refusals in the log.",
        Metric = "hunt.ingress.refused",
    };

    public static readonly WholeNumberSetting IngressRateBurst = new(1, 1_000_000)
    {
        Key = "ingress.rateBurst", Default = SettingValue.Of(200), Unit = "actions",
        Summary = "Actions one subject may send to one hunt at once, before the rate counts.",
        Cost = "A burst of everybody at once must fit ingress.laneDepth.",
        Metric = "hunt.ingress.refused",
    };

    public static readonly WholeNumberSetting CheckpointEvery = new(100, 1_000_000)
    {
        Key = "checkpoint.every", Default = SettingValue.Of(5_000), Unit = "events",
        Summary = "Events between two checkpoints of a hunt.",
        Cost = "Rare checkpoints make a lane slower to come back; frequent ones write more.",
        Metric = "hunt.checkpoint.written",
    };

    public static readonly WordSetting LogLevel = new(["verbose", "debug", "information", "warning", "error", "fatal"])
    {
        Key = "log.level", Default = SettingValue.Of("information"),
        Summary = "Least severe log entries that are written.",
        Cost = "verbose and debug write much and slow a busy process.",
        Metric = "process.cpu.time",
    };

    /// <summary>In the order of their keys.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        CheckpointEvery, IngressLaneDepth, IngressRateBurst, IngressRatePerSecond, IntakePrefetch,
        LaneBatchCap, LaneConcurrency, LanePace, LanePaused, LanePrefetch, LaneWindow, LogLevel,
    ];

    private static readonly Dictionary<string, Setting> ByKey = All.ToDictionary(setting => setting.Key);

    public static Setting? Find(string key) => ByKey.GetValueOrDefault(key);

    public static SettingError Unknown(string key)
    {
        var shown = key.Length <= Setting.MaxCharacters ? key : key[..Setting.MaxCharacters] + "…";
        var nearest = Spelling.Nearest(key, ByKey.Keys);
        return new SettingError(shown, nearest is null
            ? $"'{shown}' is not a setting. See the list with: hunt settings get"
            : $"'{shown}' is not a setting. Did you mean {nearest}?", nearest);
    }

    /// <summary>The snapshot a process works by; all or nothing. A key that is missing has its default, one that is unknown is not read.</summary>
    /// <returns>null and every error when a value is not acceptable</returns>
    public static (Settings? Snapshot, IReadOnlyList<SettingError> Errors) Resolve(long version, SettingsValues values, SettingsSubject subject)
    {
        var errors = new List<SettingError>();
        var snapshot = new Settings
        {
            Version = version,
            Lane = new LaneSettings(Get(LaneConcurrency), Get(LaneBatchCap), Get(LaneWindow), Get(LanePace), Get(LanePaused), Get(LanePrefetch)),
            Intake = new IntakeSettings(Get(IntakePrefetch)),
            Ingress = new IngressSettings(Get(IngressLaneDepth), Get(IngressRatePerSecond), Get(IngressRateBurst)),
            Checkpoint = new CheckpointSettings(Get(CheckpointEvery)),
            Log = new LogSettings(Get(LogLevel)),
        };
        return (errors.Count == 0 ? snapshot : null, errors);

        T Get<T>(Setting<T> setting)
        {
            if (values.Find(subject, setting.Key)?.Value is not { } stored) return setting.Read(setting.Default);
            if (setting.TryAccept(stored, out var canonical, out var error)) return setting.Read(canonical);
            errors.Add(error!);
            return setting.Read(setting.Default);
        }
    }

    /// <summary>The values a process works by, by key, in the form they are stored in. Only for values that <see cref="Resolve"/> accepted.</summary>
    public static SortedDictionary<string, SettingValue> Effective(SettingsValues values, SettingsSubject subject)
    {
        var effective = new SortedDictionary<string, SettingValue>(StringComparer.Ordinal);
        foreach (var setting in All)
        {
            effective[setting.Key] = values.Find(subject, setting.Key)?.Value is { } stored && setting.TryAccept(stored, out var canonical, out _)
                ? canonical
                : setting.Default;
        }
        return effective;
    }

    /// <summary>Every key at fleet scope with its default: where the stream begins.</summary>
    public static SettingsValues DefaultValues { get; } =
        All.Aggregate(SettingsValues.None, (values, setting) => values.With(SettingsScope.Fleet, setting.Key, setting.Default));

    public static Settings Defaults { get; } = Resolve(0, DefaultValues, new SettingsSubject("none", "none")).Snapshot!;
}
