using JasperFx.Events;
using Marten;
using MassTransit;
using TreasureHunt.ServiceDefaults.Store;
using TreasureHunt.Tests.Benchmarks.Arms.Guesses;

namespace TreasureHunt.Tests.Benchmarks.Arms.Batches;

/// <summary>
/// The same consumer with batches: all its streams fetched for writing in one round trip, one session, one save. A conflict is
/// tried again here and not by UseMessageRetry, which would hand the messages of the batch over one by one.
/// </summary>
public sealed class GuessBatchConsumer(IDocumentStore store, FactReader reader, GuessJudge judge, BatchTuning tuning, GuessTotals totals) : IConsumer<Batch<JudgeGuess>>
{
    /// <summary>More end in the error queue and fail the run.</summary>
    private const int MaxRetries = 100;

    public async Task Consume(ConsumeContext<Batch<JudgeGuess>> context)
    {
        var guesses = new List<OpenGuess>(context.Message.Length);
        foreach (var message in context.Message) guesses.Add(await judge.OpenAsync(message.Message.Action));
        for (var retries = 0; ; retries++)
        {
            try
            {
                await CommitAsync(guesses, context.CancellationToken);
                break;
            }
            catch (Exception e) when (retries < MaxRetries && e is not OperationCanceledException)
            {
                totals.Retried();
                var stored = await reader.ByEventIdAsync([.. guesses.Select(guess => guess.EventId)], context.CancellationToken);
                guesses.RemoveAll(guess => stored.ContainsKey(guess.EventId)); // delivered again after their commit
            }
        }
        foreach (var message in context.Message)
            if (message.Message.Answer) await GuessBus.AnswerAsync(message);
    }

    private async Task CommitAsync(List<OpenGuess> guesses, CancellationToken cancel)
    {
        if (guesses.Count == 0) return;
        await using var session = store.LightweightSession();
        var fetch = session.CreateBatchQuery();
        var fetching = new Dictionary<string, Task<IEventStream<Attempts>>>(StringComparer.Ordinal);
        foreach (var key in guesses.Select(guess => guess.StreamKey(tuning.Stream)).Distinct().Order(StringComparer.Ordinal)) // all batches in one order: no deadlocks
            fetching[key] = fetch.Events.FetchForWriting<Attempts>(key);
        await fetch.Execute(cancel);

        var attempts = new Dictionary<string, Attempts>(StringComparer.Ordinal);
        foreach (var guess in guesses)
        {
            var key = guess.StreamKey(tuning.Stream);
            var stream = await fetching[key];
            if (!attempts.TryGetValue(key, out var before)) attempts[key] = before = stream.Aggregate ?? new Attempts();
            var fact = guess.Judge(before);
            before.Fold(fact); // for those behind it in the batch
            stream.AppendOne(fact);
            stream.Events[^1].Id = guess.EventId;
        }
        await session.SaveChangesAsync(cancel);
        totals.Committed(guesses.Count);
    }
}
