using Polly;
using Polly.Retry;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Processors.Lanes;

namespace TreasureHunt.Tests.Benchmarks.Claims.Lookups;

/// <summary>
/// Puts the question to the central place in front of the lanes: a message reaches its lane when all its answers are there. The actions of a message
/// are asked for at once, beside those of all other messages in hand, as consumers of one message each would be; the connections are the limit.
/// A call that fails is made again, a little later each time, until the service is back: nobody can decide without it. What is answered is what the lanes
/// then work by, and what events name as their settings version.
/// </summary>
/// <param name="perBatch">one question for a message, that is for the batch of actions that travels in it, instead of one for each action</param>
public sealed class LookupBeforeLane(ILookup lookup, bool perBatch, LiveSettings live, TimeProvider time) : IBeforeLane
{
    /// <summary>Two minutes and more. After that the message would be parked, and the run void.</summary>
    private const int MaxRetries = 300;

    private readonly Lock _replacing = new();

    private readonly ResiliencePipeline _untilAnswered = new ResiliencePipelineBuilder { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = args => ValueTask.FromResult(args.Outcome.Exception is not null && !args.Context.CancellationToken.IsCancellationRequested),
            MaxRetryAttempts = MaxRetries, BackoffType = DelayBackoffType.Exponential, UseJitter = true,
            Delay = TimeSpan.FromMilliseconds(10), MaxDelay = TimeSpan.FromMilliseconds(500),
        })
        .Build();

    public async Task BeforeAsync(Envelope envelope, CancellationToken cancel)
    {
        var answers = new Task[perBatch ? 1 : envelope.Actions.Count];
        for (var i = 0; i < answers.Length; i++) answers[i] = AskAsync(cancel);
        await Task.WhenAll(answers);
    }

    private async Task AskAsync(CancellationToken cancel) =>
        Use(await _untilAnswered.ExecuteAsync(static (asked, token) => asked.GetAsync(token), lookup, cancel));

    /// <summary>Answers may overtake each other; the newest holds.</summary>
    private void Use(CentralValue value)
    {
        if (live.Current.Version >= value.Version) return;
        lock (_replacing)
        {
            if (live.Current is var now && now.Version < value.Version)
                live.Replace(now with { Version = value.Version, Lane = now.Lane with { BatchCap = value.BatchCap } });
        }
    }
}
