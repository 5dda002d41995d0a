namespace TreasureHunt.Contracts.Settings;

/// <summary>How calls to one server are made: the numbers of one pipeline.</summary>
/// <param name="Attempts">times a call is tried at most; 1: once</param>
/// <param name="FirstDelay">before the first retry; it doubles from one to the next, and each is shortened by up to half at random</param>
/// <param name="MaxDelay">no delay is longer</param>
/// <param name="Timeout">an attempt that takes longer has failed</param>
/// <param name="FailureRatio">percent of failed attempts within 10 s, of at least 10, at which the breaker opens</param>
/// <param name="BreakDuration">an open breaker fails every call at once for so long, then lets one through to see</param>
/// <param name="RetryBudget">retries in percent of calls, beside one a second and a reserve of ten</param>
public sealed record CallPolicy(
    int Attempts, TimeSpan FirstDelay, TimeSpan MaxDelay, TimeSpan Timeout, int FailureRatio, TimeSpan BreakDuration, int RetryBudget);

/// <summary>The settings of one pipeline, all named after it.</summary>
public sealed class CallPolicySettings
{
    /// <param name="name">of the pipeline; also of its group of settings</param>
    /// <param name="calls">what goes through it, as the sentence's object: "messages to RabbitMQ"</param>
    /// <param name="away">what becomes of a call that fails in the end</param>
    /// <param name="maxTimeoutMs">longest time an attempt may be given</param>
    internal CallPolicySettings(string name, string calls, string away, CallPolicy defaults, int maxTimeoutMs)
    {
        string Shown(string pipeline) => $"resilience.polly.strategy.events (pipeline.name={pipeline})";
        Attempts = new WholeNumberSetting(1, 10)
        {
            Key = $"{name}.attempts", Default = SettingValue.Of(defaults.Attempts), Unit = "attempts",
            Summary = $"Times that {calls} are tried at most, the first one counted; then {away}.",
            Cost = "Each further attempt makes the caller wait longer, and the server work more when it can least.",
            Metric = Shown($"{name}.retry"),
        };
        BreakDuration = new MillisecondsSetting(500, 60_000)
        {
            Key = $"{name}.breakDuration", Default = Ms(defaults.BreakDuration), Unit = "ms",
            Summary = $"How long an open breaker fails {calls} at once before it lets one through to see.",
            Cost = "A server that is back is not used for up to this long.",
            Metric = Shown(name),
        };
        FailureRatio = new WholeNumberSetting(1, 100)
        {
            Key = $"{name}.failureRatio", Default = SettingValue.Of(defaults.FailureRatio), Unit = "percent",
            Summary = $"Share of failed attempts of {calls}, of at least 10 within 10 s, at which the breaker opens.",
            Cost = "A low value gives up on a server that is merely slow; a high one lets callers wait for one that is gone.",
            Metric = Shown(name),
        };
        FirstDelay = new MillisecondsSetting(1, 10_000)
        {
            Key = $"{name}.firstDelay", Default = Ms(defaults.FirstDelay), Unit = "ms",
            Summary = $"Wait before the first retry of {calls}; it doubles each time up to {name}.maxDelay, less up to half of it at random.",
            Cost = "Short waits meet a server that is not back yet.",
            Metric = Shown($"{name}.retry"),
        };
        MaxDelay = new MillisecondsSetting(1, 60_000)
        {
            Key = $"{name}.maxDelay", Default = Ms(defaults.MaxDelay), Unit = "ms",
            Summary = $"Longest wait between two attempts of {calls}.",
            Cost = "What waits goes on up to this long after the server is back.",
            Metric = Shown($"{name}.retry"),
        };
        RetryBudget = new WholeNumberSetting(0, 100)
        {
            Key = $"{name}.retryBudget", Default = SettingValue.Of(defaults.RetryBudget), Unit = "percent",
            Summary = $"Retries of {calls} in percent of the calls, beside one a second and a reserve of ten: in an outage retries do not multiply the load.",
            Cost = "100 doubles the load on a server that fails everything.",
            Metric = Shown($"{name}.retry"),
        };
        Timeout = new MillisecondsSetting(100, maxTimeoutMs)
        {
            Key = $"{name}.timeout", Default = Ms(defaults.Timeout), Unit = "ms", Dangerous = true,
            Summary = $"Time one attempt of {calls} may take.",
            Cost = "Longer than needed and callers wait for a server that is gone; shorter than it needs and nothing succeeds any more.",
            Metric = Shown(name),
        };
    }

    public WholeNumberSetting Attempts { get; }
    public MillisecondsSetting BreakDuration { get; }
    public WholeNumberSetting FailureRatio { get; }
    public MillisecondsSetting FirstDelay { get; }
    public MillisecondsSetting MaxDelay { get; }
    public WholeNumberSetting RetryBudget { get; }
    public MillisecondsSetting Timeout { get; }

    /// <summary>In the order of their keys.</summary>
    public IEnumerable<Setting> All => [Attempts, BreakDuration, FailureRatio, FirstDelay, MaxDelay, RetryBudget, Timeout];

    /// <summary>The values of a policy by key, as they are stored.</summary>
    public IEnumerable<KeyValuePair<string, SettingValue>> ValuesOf(CallPolicy policy) =>
    [
        new(Attempts.Key, SettingValue.Of(policy.Attempts)), new(BreakDuration.Key, Ms(policy.BreakDuration)),
        new(FailureRatio.Key, SettingValue.Of(policy.FailureRatio)), new(FirstDelay.Key, Ms(policy.FirstDelay)),
        new(MaxDelay.Key, Ms(policy.MaxDelay)), new(RetryBudget.Key, SettingValue.Of(policy.RetryBudget)), new(Timeout.Key, Ms(policy.Timeout)),
    ];

    private static SettingValue Ms(TimeSpan time) => SettingValue.Of((long)time.TotalMilliseconds);
}
