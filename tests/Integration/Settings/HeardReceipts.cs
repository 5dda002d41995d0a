using System.Text.Json;
using System.Threading.Channels;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.Tests.Integration.Settings;

/// <summary>Hears every receipt that is sent, also those a later one replaces in the list before anybody has read it.</summary>
internal sealed class HeardReceipts : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly IConnection _connection;
    private readonly Channel<SettingsReceipt> _heard = Channel.CreateUnbounded<SettingsReceipt>();

    private HeardReceipts(IConnection connection) => _connection = connection;

    public static async Task<HeardReceipts> StartAsync(Uri broker)
    {
        var connection = await new ConnectionFactory { Uri = broker }.CreateConnectionAsync();
        var receipts = new HeardReceipts(connection);
        var channel = await connection.CreateChannelAsync();
        await channel.ExchangeDeclareAsync(SettingsReceipt.Queue, ExchangeType.Fanout, durable: true);
        var queue = (await channel.QueueDeclareAsync(exclusive: true)).QueueName;
        await channel.QueueBindAsync(queue, SettingsReceipt.Queue, "");
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            receipts._heard.Writer.TryWrite(JsonSerializer.Deserialize(delivery.Body.Span, Wire.Default.SettingsReceipt)!);
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue, autoAck: true, consumer);
        return receipts;
    }

    /// <summary>The next receipt of the instance for the version; fails after 20 s.</summary>
    public async Task<SettingsReceipt> OfAsync(string instance, long version)
    {
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            await foreach (var receipt in _heard.Reader.ReadAllAsync(limit.Token))
                if (receipt.Instance == instance && receipt.Version == version) return receipt;
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"{instance} did not answer version {version} within {Patience.TotalSeconds:0} s.");
        }
        throw new InvalidOperationException("The connection was closed.");
    }

    public async ValueTask DisposeAsync() => await _connection.DisposeAsync();
}
