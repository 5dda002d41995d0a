using System.ComponentModel.DataAnnotations;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Telemetry;
using Polly.Timeout;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.ServiceDefaults.Resilience;

/// <summary>What counts against a server, beside its taking too long.</summary>
/// <param name="IsItsFault">true: tried again, and counted by the breaker; false: its answer, however unwelcome</param>
/// <param name="RetriesTimeouts">false: who is slow is not asked the same again</param>
public sealed record CallFailures(Func<Exception, bool> IsItsFault, bool RetriesTimeouts = true);

/// <summary>
/// The way of every call to one server: retry within a budget, circuit breaker, timeout per attempt; in Polly's terms a
/// pipeline that can be replaced while it is used. Numbers that did not change replace nothing, so the breaker keeps what it
/// knows; numbers that make no pipeline leave the old one in force. Thread-safe; a call costs one volatile read more than Polly's own.
/// Shown by the meter Polly as NAME (timeout, breaker) and NAME.retry.
/// </summary>
public sealed class LivePipeline
{
    public static readonly TimeSpan BreakerWindow = TimeSpan.FromSeconds(10);

    /// <summary>Attempts within the window below which the breaker says nothing.</summary>
    public const int BreakerMinAttempts = 10;

    private readonly CallFailures _failures;
    private readonly TimeProvider _time;
    private volatile InForce _now;

    /// <param name="Once">breaker and timeout</param>
    /// <param name="Retrying">the same within retries</param>
    private sealed record InForce(CallPolicy Policy, ResiliencePipeline Once, ResiliencePipeline Retrying);

    /// <exception cref="ArgumentException">the numbers make no pipeline</exception>
    public LivePipeline(string name, CallPolicy policy, CallFailures failures, TimeProvider time)
    {
        (Name, _failures, _time, Budget) = (name, failures, time, new RetryBudget(time));
        _now = Build(policy);
    }

    public string Name { get; }

    public CallPolicy Policy => _now.Policy;

    public RetryBudget Budget { get; }

    /// <returns>false: these are the numbers in force, nothing was replaced</returns>
    /// <exception cref="ArgumentException">the numbers make no pipeline; the old one stays</exception>
    public bool Change(CallPolicy policy)
    {
        if (policy == _now.Policy) return false;
        _now = Build(policy);
        return true;
    }

    /// <summary>For calls that may be made twice without harm.</summary>
    /// <exception cref="BrokenCircuitException">at once: the breaker is open</exception>
    /// <exception cref="TimeoutRejectedException">the last attempt took too long</exception>
    public ValueTask<T> ExecuteAsync<TState, T>(Func<TState, CancellationToken, ValueTask<T>> call, TState state, CancellationToken cancel)
    {
        var now = _now;
        Budget.Called(now.Policy.RetryBudget);
        return now.Retrying.ExecuteAsync(call, state, cancel);
    }

    /// <inheritdoc cref="ExecuteAsync{TState,T}"/>
    public ValueTask ExecuteAsync<TState>(Func<TState, CancellationToken, ValueTask> call, TState state, CancellationToken cancel)
    {
        var now = _now;
        Budget.Called(now.Policy.RetryBudget);
        return now.Retrying.ExecuteAsync(call, state, cancel);
    }

    /// <summary>One attempt, for calls whose outcome may be unknown: whoever tries again must first find out.</summary>
    /// <exception cref="BrokenCircuitException">at once: the breaker is open</exception>
    /// <exception cref="TimeoutRejectedException">it took too long; it may have had its effect</exception>
    public ValueTask OnceAsync<TState>(Func<TState, CancellationToken, ValueTask> call, TState state, CancellationToken cancel)
    {
        var now = _now;
        Budget.Called(now.Policy.RetryBudget);
        return now.Once.ExecuteAsync(call, state, cancel);
    }

    private InForce Build(CallPolicy policy)
    {
        if (policy.FirstDelay > policy.MaxDelay)
            throw Refused(policy, $"{Name}.firstDelay = {policy.FirstDelay.TotalMilliseconds} ms is longer than {Name}.maxDelay = {policy.MaxDelay.TotalMilliseconds} ms");
        try
        {
            var once = new ResiliencePipelineBuilder { Name = Name, TimeProvider = _time }
                .ConfigureTelemetry(new TelemetryOptions()) // metrics, no log entry per attempt
                .AddCircuitBreaker(new CircuitBreakerStrategyOptions
                {
                    ShouldHandle = args => ValueTask.FromResult(args.Outcome.Exception is { } e && IsItsFault(e)),
                    FailureRatio = policy.FailureRatio / 100.0, MinimumThroughput = BreakerMinAttempts,
                    SamplingDuration = BreakerWindow, BreakDuration = policy.BreakDuration,
                })
                .AddTimeout(policy.Timeout)
                .Build();
            if (policy.Attempts == 1) return new InForce(policy, once, once);
            var retrying = new ResiliencePipelineBuilder { Name = $"{Name}.retry", TimeProvider = _time }
                .ConfigureTelemetry(new TelemetryOptions())
                .AddRetry(new RetryStrategyOptions
                {
                    MaxRetryAttempts = policy.Attempts - 1,
                    ShouldHandle = args => ValueTask.FromResult(
                        args.AttemptNumber < policy.Attempts - 1 && args.Outcome.Exception is { } e && IsForAnotherTry(e) && Budget.TryTake()),
                    DelayGenerator = args => ValueTask.FromResult<TimeSpan?>(Backoff.Before(args.AttemptNumber, policy)),
                })
                .AddPipeline(once)
                .Build();
            return new InForce(policy, once, retrying);
        }
        catch (ValidationException e)
        {
            throw Refused(policy, e.Message.ReplaceLineEndings(" "));
        }
    }

    private bool IsItsFault(Exception e) => e is TimeoutRejectedException || _failures.IsItsFault(e);

    private bool IsForAnotherTry(Exception e) => e is TimeoutRejectedException ? _failures.RetriesTimeouts : _failures.IsItsFault(e);

    private ArgumentException Refused(CallPolicy policy, string why) =>
        new($"The pipeline {Name} cannot be made of these numbers and stays as it was: {why}.", nameof(policy));
}
