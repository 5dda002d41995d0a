using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Ingress.Lanes;
using TreasureHunt.ServiceDefaults.Bus;

namespace TreasureHunt.Tests.Integration.Ingress;

/// <summary>What travels back from the processors: that an envelope is decided always, what became of an action only where its sender waits.</summary>
public sealed class WhoAsksIsTold(WholeEngine engine) : IClassFixture<WholeEngine>
{
    [Fact]
    public async Task Outcomes_travel_back_to_those_who_wait_and_the_others_credit_alone()
    {
        const string hunt = "asked";
        await engine.PublishAsync(Published.Definition(hunt));
        var ada = engine.Player("ada");
        await engine.ActAsync(hunt, ada, "RegisterTeam", ("team", "red"), ("name", "Red"));
        var writers = engine.Ingress.Service<LaneWriters>();
        var heard = new ConcurrentQueue<EnvelopeOutcomes>();
        await using var connection = await new ConnectionFactory { Uri = engine.Options.RabbitMq }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        await ListenAsync(channel, writers.ReplyTo, heard);

        var (asks, silent) = (new List<Guid>(), new List<Guid>());
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => SendAsync(hunt, ada, i % 2 == 0 ? asks : silent, waits: i % 2 == 0)));
        await Eventually.TrueAsync(() => writers.Of(hunt).Ledger.Undecided == 0);
        await Eventually.TrueAsync(() => heard.Sum(envelope => envelope.Outcomes.Count) >= asks.Count);
        Assert.Equal(asks.Order(), heard.SelectMany(envelope => envelope.Outcomes).Select(outcome => outcome.ActionId).Order());

        foreach (var id in silent) // and who asks later is told from the store
        {
            var status = await engine.Ingress.GetAsync($"/hunts/{hunt}/actions/{id}", ada);
            Assert.Equal("answer-wrong", (string?)JsonNode.Parse(await status.Content.ReadAsStringAsync())!["fact"]);
        }
    }

    private async Task SendAsync(string hunt, string token, List<Guid> sent, bool waits)
    {
        var id = Guid.CreateVersion7();
        lock (sent) sent.Add(id);
        (string, string)[] headers = waits ? [("Prefer", "wait=10")] : [];
        var answer = await engine.Ingress.PostAsync($"/hunts/{hunt}/actions", WholeEngine.Action("SubmitAnswer", id, ("treasure", "clock"), ("guess", $"{id}")), token, headers);
        Assert.Equal(waits ? HttpStatusCode.OK : HttpStatusCode.Accepted, answer.StatusCode);
    }

    private static async Task ListenAsync(IChannel channel, string replyTo, ConcurrentQueue<EnvelopeOutcomes> heard)
    {
        var queue = (await channel.QueueDeclareAsync()).QueueName;
        await channel.QueueBindAsync(queue, LaneTopology.OutcomesExchange, replyTo);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            foreach (var envelope in JsonSerializer.Deserialize(delivery.Body.Span, Wire.Default.CommittedOutcomes)!.Envelopes) heard.Enqueue(envelope);
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue, autoAck: true, consumer);
    }
}
