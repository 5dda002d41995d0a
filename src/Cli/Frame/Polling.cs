using Polly;
using Polly.Retry;

namespace TreasureHunt.Cli.Frame;

/// <summary>Asks again and again until the answer will do.</summary>
/// <param name="pause">between an answer and the next question</param>
/// <param name="limit">no question is asked after it; null: as long as it takes</param>
/// <param name="time">for tests; null: the system's</param>
public sealed class Polling(TimeSpan pause, TimeSpan? limit = null, TimeProvider? time = null)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <param name="again">which exceptions count as an answer that will not do; null: none</param>
    /// <returns>the first answer that will do, or the last one when the time is over</returns>
    /// <exception cref="Exception">one that is not for another try, or the last one when the time is over</exception>
    public async Task<T> UntilAsync<T>(
        Func<CancellationToken, Task<T>> ask, Func<T, bool> enough, CancellationToken cancel, Func<Exception, bool>? again = null)
    {
        var begun = _time.GetTimestamp();
        var asking = new ResiliencePipelineBuilder<T> { TimeProvider = _time }
            .AddRetry(new RetryStrategyOptions<T>
            {
                MaxRetryAttempts = int.MaxValue,
                Delay = pause,
                BackoffType = DelayBackoffType.Constant,
                ShouldHandle = args => ValueTask.FromResult(
                    (limit is null || _time.GetElapsedTime(begun) < limit)
                    && (args.Outcome.Exception is { } no ? again?.Invoke(no) == true : !enough(args.Outcome.Result!))),
            })
            .Build();
        return await asking.ExecuteAsync(async token => await ask(token), cancel);
    }
}
