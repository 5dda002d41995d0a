using System.Diagnostics;
using RabbitMQ.Client;
using TreasureHunt.Tests.Benchmarks.Arms.Guesses;

namespace TreasureHunt.Tests.Benchmarks.Load;

/// <param name="Properties">its own: the client writes the number of the confirm into its headers</param>
public sealed record AmqpMessage(BasicProperties Properties, byte[] Body);

/// <summary>
/// The load generator for AMQP: messages made beforehand, published by the broker's own client, mandatory and confirmed, through a few channels of one connection.
/// Closed loop: each publisher sends its next message when the one before is confirmed. Open loop: messages are published when they are due, however many are unconfirmed.
/// </summary>
public sealed class AmqpLoad : IAsyncDisposable
{
    private const int Channels = 8;

    private static readonly TimeSpan LastConfirm = TimeSpan.FromSeconds(60);

    private readonly IConnection _connection;
    private readonly IChannel[] _channels = new IChannel[Channels];

    private AmqpLoad(IConnection connection) => _connection = connection;

    public static async Task<AmqpLoad> ConnectAsync(Uri broker, CancellationToken cancel)
    {
        var factory = new ConnectionFactory { Uri = broker, ClientProvidedName = "bench/partner" };
        var load = new AmqpLoad(await factory.CreateConnectionAsync(cancel));
        for (var i = 0; i < Channels; i++) load._channels[i] = await load._connection.CreateChannelAsync(ClientDoor.Confirming, cancel);
        return load;
    }

    public async Task<Answers> ClosedAsync(string queue, AmqpMessage[] messages, int publishers, CancellationToken cancel)
    {
        var answers = new Answers(messages.Length);
        var next = -1;
        var clock = Stopwatch.StartNew();
        await Answers.AllAsync("AMQP", Enumerable.Range(0, publishers).Select(publisher => Task.Run(async () =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < messages.Length;)
            {
                var sent = Stopwatch.GetTimestamp();
                await PublishAsync(publisher, queue, messages[i], cancel);
                answers.Set(i, sent);
            }
        }, cancel)), cancel);
        answers.Elapsed = clock.Elapsed;
        return answers;
    }

    /// <returns>their latency ends with the confirm</returns>
    public async Task<Answers> OpenAsync(string queue, AmqpMessage[] messages, Arrivals arrivals, CancellationToken cancel)
    {
        var answers = new Answers(messages.Length);
        var confirms = new Task[messages.Length];
        var clock = Stopwatch.StartNew();
        await Pacer.KeepAsync(arrivals.Due(messages.Length), (i, due) =>
        {
            answers.Late(i, due);
            confirms[i] = ConfirmAsync(i, due);
        }, cancel);
        await Answers.AllAsync("AMQP", confirms, cancel, LastConfirm);
        answers.Elapsed = clock.Elapsed;
        return answers;

        async Task ConfirmAsync(int i, long due)
        {
            await PublishAsync(i, queue, messages[i], cancel);
            answers.Set(i, due);
        }
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    /// <summary>Ends with the confirm.</summary>
    /// <param name="sender">whoever has the same number uses the same channel</param>
    private ValueTask PublishAsync(int sender, string queue, AmqpMessage message, CancellationToken cancel) =>
        _channels[sender % Channels].BasicPublishAsync(exchange: "", queue, mandatory: true, message.Properties, message.Body, cancel);
}
