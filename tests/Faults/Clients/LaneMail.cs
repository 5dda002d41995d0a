using System.Text.Json;
using RabbitMQ.Client;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Secrets;
using TreasureHunt.ServiceDefaults;

namespace TreasureHunt.Tests.Faults.Clients;

/// <summary>Puts messages straight on a lane, past all checks of the ingress; returns when the broker has confirmed.</summary>
public sealed class LaneMail(HuntOptions options, ClientLedger ledger, TimeProvider clock)
{
    private readonly Seal _seal = new(options.SealKeyId, options.SealKey);
    private long _sequence;

    public int LaneOf(string hunt) => LaneHash.LaneOf(hunt, options.Lanes);

    /// <summary>One envelope with these actions, as the ingress would have sealed them.</summary>
    public async Task<IReadOnlyList<LedgerEntry>> SendAsync(string hunt, string actor, params HuntAction[] actions)
    {
        var entries = ledger.Begin(hunt, actor, byService: false, actions);
        var accepted = actions.Select(action => new AcceptedAction(
            hunt, actor, ActionSeal.Fingerprint(action, _seal), clock.GetUtcNow(), ActionSeal.Close(action, hunt, _seal)));
        await SendAsync(new Envelope(LaneOf(hunt), ++_sequence, "test-mail", [.. accepted]));
        foreach (var entry in entries) (entry.AcceptedAt, entry.Tries) = (clock.GetTimestamp(), 1);
        return entries;
    }

    public Task SendAsync(Envelope envelope) => SendAsync(envelope.Lane, JsonSerializer.SerializeToUtf8Bytes(envelope, Wire.Default.Envelope));

    public async Task SendAsync(int lane, byte[] body, string contentType = "application/json")
    {
        await using var connection = await new ConnectionFactory { Uri = options.RabbitMq }.CreateConnectionAsync("test mail");
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        await channel.BasicPublishAsync(
            Envelope.QueueOf(lane), routingKey: "", mandatory: true, new BasicProperties { Persistent = true, ContentType = contentType }, body);
    }
}
