using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using MassTransit;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Ingress.Lanes;
using TreasureHunt.Ingress.Views;
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

        var lanes = engine.Processor.Service<LiveSettings>();
        lanes.Replace(lanes.Current with { Lane = lanes.Current.Lane with { BatchCap = 3 } }); // an envelope is decided in several batches
        var (asks, silent) = (new List<Guid>(), new List<Guid>());
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => SendAsync(hunt, ada, i % 2 == 0 ? asks : silent, waits: i % 2 == 0)));
        await Eventually.TrueAsync(() => writers.Of(hunt).Ledger.Undecided == 0);
        await Eventually.TrueAsync(() => heard.Sum(envelope => envelope.Outcomes.Count) >= asks.Count);
        Assert.Equal(asks.Order(), heard.SelectMany(envelope => envelope.Outcomes).Select(outcome => outcome.ActionId).Order());

        foreach (var id in asks.Concat(silent).Take(25)) // decided before: whoever asks again is told again, from the store
        {
            var again = await PostAsync(hunt, ada, id, waits: true);
            Assert.Equal((HttpStatusCode.OK, "answer-wrong"), (again.StatusCode, (string?)JsonNode.Parse(await again.Content.ReadAsStringAsync())!["fact"]));
        }
        foreach (var id in silent) // and who asks later is told from the store
        {
            var status = await engine.Ingress.GetAsync($"/hunts/{hunt}/actions/{id}", ada);
            Assert.Equal("answer-wrong", (string?)JsonNode.Parse(await status.Content.ReadAsStringAsync())!["fact"]);
        }
    }

    [Fact]
    public async Task What_cannot_be_read_keeps_nothing_else_from_being_heard()
    {
        const string well = "heard", ill = "unheard";
        foreach (var hunt in (string[])[well, ill]) await engine.PublishAsync(Published.Definition(hunt));
        var ada = engine.Player("ada");
        foreach (var hunt in (string[])[well, ill]) await engine.SeeAsync($"/hunts/{hunt}/board", ada, 1); // both are looked at
        await using var connection = await new ConnectionFactory { Uri = engine.Options.RabbitMq }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        var replyTo = engine.Ingress.Service<LaneWriters>().ReplyTo;
        foreach (var garbage in (string[])["{", "null", """{"of":"next year"}"""])
        {
            await SayAsync(HuntBus.FactsExchange, "", garbage);
            await SayAsync(LaneTopology.OutcomesExchange, replyTo, garbage);
        }
        var views = engine.Ingress.Service<HuntViews>();
        await SayAsync(HuntBus.FactsExchange, "", $$$"""
            {"processor":"p","hunts":[
                {"hunt":"{{{ill}}}","after":1,"upTo":2,"facts":[{"version":2,"fact":{"type":"of-next-year"} } ]},
                {"hunt":"{{{well}}}","after":1,"upTo":2,"facts":[{"version":2,"fact":{"type":"hunt-opened","stamp":{"at":"2026-12-01T18:00:00Z","actionId":"{{{Guid.CreateVersion7()}}}","actor":"org","fingerprint":"f","settingsVersion":1,"definitionVersion":1,"ingress":"i","processor":"p"} } } ] } ] }
            """);
        await Eventually.TrueAsync(() => views.FoldedAt(well, 2) is not null);
        Assert.Null(views.FoldedAt(ill, 2));
        await engine.ActAsync(ill, ada, "RegisterTeam", ("team", "red"), ("name", "Red"));

        async Task SayAsync(string exchange, string key, string json) =>
            await channel.BasicPublishAsync(exchange, key, mandatory: false, new BasicProperties { ContentType = "application/json" }, System.Text.Encoding.UTF8.GetBytes(json));
    }

    [Fact]
    public async Task A_message_that_breaks_its_hearer_is_dropped_and_not_given_to_it_again()
    {
        var heard = 0;
        var bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            rabbit.ConfigureHuntHost(engine.Options with { Instance = "hearer" }, "test");
            rabbit.ReceiveEndpoint("hearer", endpoint => endpoint.HearsAlone(HuntBus.FactsExchange, Wire.Default.CommittedFacts, _ =>
            {
                Interlocked.Increment(ref heard);
                throw new InvalidOperationException("planted");
            }));
        });
        await bus.StartAsync();
        await using var connection = await new ConnectionFactory { Uri = engine.Options.RabbitMq }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        foreach (var expected in (int[])[1, 2])
        {
            await channel.BasicPublishAsync(HuntBus.FactsExchange, "", """{"processor":"p","hunts":[]}"""u8.ToArray());
            await Eventually.TrueAsync(() => Volatile.Read(ref heard) >= expected);
            await Task.Delay(300); // given back it would be heard some hundred times
            Assert.Equal(expected, heard);
        }
        await bus.StopAsync();
    }

    private async Task SendAsync(string hunt, string token, List<Guid> sent, bool waits)
    {
        var id = Guid.CreateVersion7();
        lock (sent) sent.Add(id);
        Assert.Equal(waits ? HttpStatusCode.OK : HttpStatusCode.Accepted, (await PostAsync(hunt, token, id, waits)).StatusCode);
    }

    private Task<HttpResponseMessage> PostAsync(string hunt, string token, Guid id, bool waits)
    {
        (string, string)[] headers = waits ? [("Prefer", "wait=10")] : [];
        return engine.Ingress.PostAsync($"/hunts/{hunt}/actions", WholeEngine.Action("SubmitAnswer", id, ("treasure", "clock"), ("guess", $"{id}")), token, headers);
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
