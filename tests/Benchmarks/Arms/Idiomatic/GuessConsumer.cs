using Marten;
using MassTransit;
using TreasureHunt.Tests.Benchmarks.Arms.Guesses;

namespace TreasureHunt.Tests.Benchmarks.Arms.Idiomatic;

/// <summary>
/// The consumer one would write with the documentation of MassTransit and Marten in hand: fetch the aggregate for writing,
/// decide, append, save. A conflict throws and is retried by UseMessageRetry.
/// </summary>
public sealed class GuessConsumer(IDocumentStore store, GuessJudge judge, IdiomaticTuning tuning, GuessTotals totals) : IConsumer<JudgeGuess>
{
    public async Task Consume(ConsumeContext<JudgeGuess> context)
    {
        if (context.GetRetryAttempt() > 0) totals.Retried();
        var guess = await judge.OpenAsync(context.Message.Action);

        await using var session = store.LightweightSession();
        var stream = await session.Events.FetchForWriting<Attempts>(guess.StreamKey(tuning.Stream), context.CancellationToken);
        stream.AppendOne(guess.Judge(stream.Aggregate ?? new Attempts()));
        stream.Events[0].Id = guess.EventId;
        try
        {
            await session.SaveChangesAsync(context.CancellationToken);
            totals.Committed(1);
        }
        catch (Exception e) when (GuessStore.IsStoredAlready(e))
        {
            // Delivered again after its commit: it is stored, that is what was asked.
        }
        if (context.Message.Answer) await GuessBus.AnswerAsync(context);
    }
}
