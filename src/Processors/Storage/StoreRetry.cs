using Polly;
using Polly.Retry;
using TreasureHunt.Processors.Lanes;
using TreasureHunt.ServiceDefaults.Resilience;
using TreasureHunt.ServiceDefaults.Store;

namespace TreasureHunt.Processors.Storage;

/// <summary>
/// What was accepted waits for the store as long as it takes: store.attempts does not end it. The delays are read when they
/// are needed, so that a change counts in the middle of an outage; without a budget for retries every wait is the longest.
/// </summary>
public static class StoreRetry
{
    /// <param name="store">the pipeline that the statements inside go through, one attempt each</param>
    /// <param name="also">what else is worth another try than a store that is away</param>
    public static ResiliencePipeline Pipeline(
        LivePipeline store, TimeProvider time, Func<RetryPredicateArguments<object>, bool> also, Action<OnRetryArguments<object>> onRetry)
    {
        return new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = args => ValueTask.FromResult(args.Outcome.Exception is { } e && (StoreFailures.IsItsFault(e) || also(args))),
                DelayGenerator = args => ValueTask.FromResult<TimeSpan?>(Delay(args)),
                MaxRetryAttempts = int.MaxValue,
                OnRetry = retry =>
                {
                    onRetry(retry);
                    return ValueTask.CompletedTask;
                },
            })
            .Build();

        TimeSpan Delay(RetryDelayGeneratorArguments<object> args) => args.Outcome.Exception switch
        {
            BrokenActionException => TimeSpan.Zero, // nothing to wait for: it is left out of the next try
            _ when store.Budget.TryTake() => Backoff.Before(args.AttemptNumber, store.Policy),
            _ => store.Policy.MaxDelay,
        };
    }
}
