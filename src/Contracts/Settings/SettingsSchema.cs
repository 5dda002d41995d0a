namespace TreasureHunt.Contracts.Settings;

/// <summary>
/// All settings there are. Validation, help, documentation and the snapshot are made from this list; a value that is not
/// defined here cannot be read, for <see cref="Resolve"/> reads by definition, not by name.
/// </summary>
public static class SettingsSchema
{
    public static readonly WholeNumberSetting LaneConcurrency = new(0, 64)
    {
        Key = "lane.concurrency", Default = SettingValue.Of(2), Unit = "commits", Dangerous = true,
        Summary = "Commits under way at once in a processor; lanes that have something meanwhile share the next one. 0: no lane starts a batch.",
        Cost = "One database connection per commit; the more at once, the smaller each is.",
        Metric = "hunt.commits.under_way",
    };

    public static readonly WholeNumberSetting LaneBatchCap = new(1, 4096)
    {
        Key = "lane.batchCap", Default = SettingValue.Of(1024), Unit = "actions",
        Summary = "Actions of a lane in one commit at most.",
        Cost = "Larger batches are cheaper per action and make the first of them wait longer.",
        Metric = "hunt.batch.size",
    };

    public static readonly WholeNumberSetting LaneWindow = new(1, 256)
    {
        Key = "lane.window", Default = SettingValue.Of(16), Unit = "envelopes",
        Summary = "Envelopes of a lane in the worker's hands at most.",
        Cost = "Up to 256 actions of memory per envelope; a small window makes small batches.",
        Metric = "hunt.lanes.in_hand",
    };

    public static readonly MillisecondsSetting LanePace = new(0, 10)
    {
        Key = "lane.pace", Default = SettingValue.Of(3), Unit = "ms",
        Summary = "How long the lanes of a busy processor wait for each other before they begin their batches together; where few actions come, not at all.",
        Cost = "Adds up to this much latency; without it middle load burns processor time on small commits.",
        Metric = "hunt.batch.size",
    };

    public static readonly FlagSetting LanePaused = new()
    {
        Key = "lane.paused", Default = SettingValue.Of(false), Dangerous = true,
        Summary = "No lane starts a batch; what is running ends.",
        Cost = "Actions wait in the queues; at ingress.laneDepth new ones are answered 503.",
        Metric = "hunt.lanes.in_hand",
    };

    public static readonly WholeNumberSetting LanePrefetch = new(1, 256)
    {
        Key = "lane.prefetch", Default = SettingValue.Of(16), Unit = "envelopes", Apply = SettingApply.ReOpen,
        Summary = "Unacknowledged envelopes the broker hands to a lane.",
        Cost = "Every change re-opens each lane once (a pause of some 50 ms, the lane may move). For every day use lane.window.",
        Metric = "hunt.lanes.in_hand",
    };

    public static readonly LanePlanSetting LanePlan = new()
    {
        Key = "lane.plan", Default = SettingValue.Of("none"), Apply = SettingApply.ReOpen, FleetOnly = true,
        Summary = "Which processor should own which lane. Whoever works a lane that is planned for another who stands by for it gives it up in order; a planned owner who is not there is no harm.",
        Cost = "Every lane that moves pauses for some 100 ms. While lane.balance is true it is kept by ConfigService and what is written by hand is soon replaced.",
        Metric = "hunt.lanes.moved",
    };

    public static readonly FlagSetting LaneBalance = new()
    {
        Key = "lane.balance", Default = SettingValue.Of(true), FleetOnly = true,
        Summary = "ConfigService keeps lane.plan: lanes are shared out by the weights of the processors that are there, with the fewest moves. False: operators write it.",
        Cost = "Every processor that comes or goes moves its share of the lanes.",
        Metric = "hunt.lanes.moved",
    };

    public static readonly WholeNumberSetting IntakePrefetch = new(1, 256)
    {
        Key = "intake.prefetch", Default = SettingValue.Of(256), Unit = "messages", Apply = SettingApply.HandOver,
        Summary = "Unacknowledged messages of the player-actions queue per ingress, which is also how many it works at once.",
        Cost = "Memory for the messages. Each waits for its envelope's confirm, so a low value makes small envelopes and few messages a second.",
        Metric = "hunt.intake.in_flight",
    };

    public static readonly WholeNumberSetting IngressLaneDepth = new(100, 1_000_000)
    {
        Key = "ingress.laneDepth", Default = SettingValue.Of(50_000), Unit = "actions",
        Summary = "Accepted and undecided actions of a lane at which an ingress answers 503.",
        Cost = "Depth is waiting time: divide by the lane's rate.",
        Metric = "hunt.ingress.lane.depth",
    };

    public static readonly WholeNumberSetting IngressInFlight = new(16, 100_000)
    {
        Key = "ingress.inFlight", Default = SettingValue.Of(1_000), Unit = "requests",
        Summary = "Requests with actions that an ingress works on at once, until the broker has them; more is answered 503. Looks are turned away at ingress.yieldPercent of it.",
        Cost = "It is waiting time: divide by the requests per second. A low limit refuses what a short wait would have served.",
        Metric = "hunt.ingress.refused",
    };

    public static readonly MillisecondsSetting IngressPace = new(0, 20)
    {
        Key = "ingress.pace", Default = SettingValue.Of(10), Unit = "ms",
        Summary = "How long the lanes of a busy ingress fill their envelopes before they send them together; where few actions come, not at all.",
        Cost = "Adds up to this much latency; without it middle load burns processor time on envelopes of few actions.",
        Metric = "hunt.ingress.envelope.actions",
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

    public static readonly WholeNumberSetting IngressFeedConnections = new(0, 100_000)
    {
        Key = "ingress.feedConnections", Default = SettingValue.Of(5_000), Unit = "connections",
        Summary = "Feeds an ingress keeps open at once; one more is answered 503. Those that are open stay.",
        Cost = "Some 30 kB of memory for each, and for a client that does not read up to 250 kB until it is cut off.",
        Metric = "hunt.feed.connections",
    };

    public static readonly WholeNumberSetting IngressYieldPercent = new(1, 100)
    {
        Key = "ingress.yieldPercent", Default = SettingValue.Of(50), Unit = "percent",
        Summary = "Share of ingress.laneDepth, and of ingress.inFlight, at which looks at a hunt, its board and its teams are answered 503, so that actions still pass.",
        Cost = "A low share hides boards in every rush; at 100 looks are turned away no sooner than actions.",
        Metric = "hunt.ingress.refused",
    };

    public static readonly WholeNumberSetting CheckpointEvery = new(100, 1_000_000)
    {
        Key = "checkpoint.every", Default = SettingValue.Of(5_000), Unit = "events",
        Summary = "Events between two checkpoints of a hunt; of a hunt of more than ten times as many, a tenth of its events; of one of more than 250,000, 25,000 or a fortieth.",
        Cost = "Rare checkpoints make a lane slower to come back; frequent ones write more.",
        Metric = "hunt.checkpoints.written",
    };

    public static readonly WordSetting LogLevel = new(["verbose", "debug", "information", "warning", "error", "fatal"])
    {
        Key = "log.level", Default = SettingValue.Of("information"),
        Summary = "Least severe log entries that are written.",
        Cost = "verbose and debug write much and slow a busy process.",
        Metric = "dotnet.process.cpu.time",
    };

    /// <summary>A message that the broker answers with silence is not sent again: it is slow, and more of the same does not help it.</summary>
    public static readonly CallPolicySettings Broker = new("broker", "messages to RabbitMQ",
        "an action is answered 503, a result is left to the store, a settings message to the next beacon",
        new CallPolicy(3, Milliseconds(50), Milliseconds(1000), Milliseconds(2000), 50, Milliseconds(1000), 20), maxTimeoutMs: 5_000);

    public static readonly CallPolicySettings Config = new("config", "questions to ConfigService", "the last good settings stay and the next beacon asks again",
        new CallPolicy(5, Milliseconds(100), Milliseconds(2000), Milliseconds(2000), 90, Milliseconds(5000), 20), maxTimeoutMs: 30_000);

    public static readonly CallPolicySettings Store = new("store", "statements to PostgreSQL",
        "a reader is answered 503; the commit of a batch is tried until it is stored, with these delays",
        new CallPolicy(3, Milliseconds(20), Milliseconds(1000), Milliseconds(10_000), 50, Milliseconds(1000), 20), maxTimeoutMs: 60_000);

    private static TimeSpan Milliseconds(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    /// <summary>In the order of their keys.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        .. Broker.All, CheckpointEvery, .. Config.All, IngressFeedConnections, IngressInFlight, IngressLaneDepth, IngressPace, IngressRateBurst, IngressRatePerSecond,
        IngressYieldPercent,
        IntakePrefetch, LaneBalance, LaneBatchCap, LaneConcurrency, LanePace, LanePaused, LanePlan, LanePrefetch, LaneWindow, LogLevel, .. Store.All,
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
            Lane = new LaneSettings(Get(LaneConcurrency), Get(LaneBatchCap), Get(LaneWindow), Get(LanePace), Get(LanePaused), Get(LanePrefetch), Get(LanePlan), Get(LaneBalance)),
            Intake = new IntakeSettings(Get(IntakePrefetch)),
            Ingress = new IngressSettings(
                Get(IngressLaneDepth), Get(IngressRatePerSecond), Get(IngressRateBurst), Get(IngressPace), Get(IngressFeedConnections), Get(IngressYieldPercent),
                Get(IngressInFlight)),
            Checkpoint = new CheckpointSettings(Get(CheckpointEvery)),
            Log = new LogSettings(Get(LogLevel)),
            Broker = Policy(Broker),
            Config = Policy(Config),
            Store = Policy(Store),
        };
        return (errors.Count == 0 ? snapshot : null, errors);

        CallPolicy Policy(CallPolicySettings of) => new(
            Get(of.Attempts), Get(of.FirstDelay), Get(of.MaxDelay), Get(of.Timeout), Get(of.FailureRatio), Get(of.BreakDuration), Get(of.RetryBudget));

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
