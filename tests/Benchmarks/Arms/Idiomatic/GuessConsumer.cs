using Marten;
using MassTransit;
using Npgsql;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Secrets;
using TreasureHunt.Processors.Hunts;
using TreasureHunt.ServiceDefaults;

namespace TreasureHunt.Tests.Benchmarks.Arms.Idiomatic;

/// <summary>
/// The consumer one would write with the documentation of MassTransit and Marten in hand: fetch the aggregate for writing,
/// decide, append, save. A conflict throws and is retried by UseMessageRetry.
/// </summary>
public sealed class GuessConsumer(
    IDocumentStore store, HuntBook book, Seal seal, IdiomaticTuning tuning, IdiomaticTotals totals, HuntOptions options) : IConsumer<JudgeGuess>
{
    private const string EventIdIndex = "idx_mt_events_event_id";

    private static readonly Uri Judged = new($"exchange:{IdiomaticBus.Judged}");

    public async Task Consume(ConsumeContext<JudgeGuess> context)
    {
        if (context.GetRetryAttempt() > 0) totals.Retried();
        var accepted = context.Message.Action;
        var submit = (SubmitAnswer)accepted.Action;
        var rules = await book.GetAsync(accepted.Hunt);
        var guess = OpenedGuess.Open(submit, accepted.Hunt, seal);
        var team = rules.TeamOfPlayer[accepted.Actor];

        await using var session = store.LightweightSession();
        var stream = await session.Events.FetchForWriting<Attempts>(
            IdiomaticStore.StreamKey(tuning.Stream, accepted.Hunt, team, submit.Treasure), context.CancellationToken);
        var fact = rules.Judge(stream.Aggregate ?? new Attempts(), team, submit, guess, accepted.AcceptedAt);
        stream.AppendOne(fact with
        {
            Stamp = new Stamp(
                accepted.AcceptedAt, submit.ActionId, accepted.Actor, accepted.Fingerprint, SettingsVersion: 0, DefinitionVersion: 1,
                "bench", options.Instance),
        });
        stream.Events[0].Id = ActionIds.EventId(accepted.Hunt, accepted.Actor, submit.ActionId);
        try
        {
            await session.SaveChangesAsync(context.CancellationToken);
            totals.Committed();
        }
        catch (Exception e) when ((e as PostgresException ?? e.InnerException as PostgresException)?.ConstraintName == EventIdIndex)
        {
            // Delivered again after its commit: it is stored, that is what was asked.
        }
        if (context.Message.Answer) await AnswerAsync(context, submit.ActionId);
    }

    private static async Task AnswerAsync(ConsumeContext context, Guid actionId)
    {
        var endpoint = await context.GetSendEndpoint(Judged);
        await endpoint.Send(new GuessJudged(actionId), Pipe.Execute<SendContext<GuessJudged>>(sending =>
        {
            sending.Durable = false;
            if (sending.TryGetPayload<RabbitMqSendContext>(out var rabbit)) rabbit.AwaitAck = false;
        }));
    }
}

/// <summary>Counters of the arm. Thread-safe.</summary>
public sealed class IdiomaticTotals
{
    private long _committed, _retried;

    public ChildTotals Now => new(Interlocked.Read(ref _committed), Interlocked.Read(ref _committed), Interlocked.Read(ref _retried), Parked: 0);

    public void Committed() => Interlocked.Increment(ref _committed);

    public void Retried() => Interlocked.Increment(ref _retried);
}
