using MassTransit;
using MassTransit.RabbitMqTransport;
using RabbitMQ.Client;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults.Bus;

namespace TreasureHunt.ServiceDefaults.Settings;

/// <summary>Queues and exchanges of the settings' path, declared alike by whoever comes first.</summary>
public static class SettingsTopology
{
    /// <summary>Receipts waiting for ConfigService; the oldest go first, for only an instance's latest counts.</summary>
    public const int MaxReceipts = 10_000;

    public static readonly Uri Exchange = new($"exchange:{SettingsMessage.Exchange}?type=fanout&durable=true");

    public static readonly Uri Receipts = new($"exchange:{SettingsReceipt.Queue}?type=fanout&durable=true");

    public static Dictionary<string, object> ReceiptArguments() => new() { ["x-max-length"] = MaxReceipts, ["x-overflow"] = "drop-head" };

    /// <summary>An endpoint of one process alone: it hears every settings message and makes sure that its receipts have a place to wait.</summary>
    /// <param name="hear">called with one message at a time, in order: what comes out of order would be fetched needlessly</param>
    public static void HearsSettings(this IRabbitMqReceiveEndpointConfigurator endpoint, Action<SettingsMessage> hear)
    {
        endpoint.HearsAlone(SettingsMessage.Exchange, Wire.Default.SettingsMessage, hear);
        endpoint.ConfigureChannel(pipe => pipe.UseExecuteAsync(DeclareReceiptsAsync));
    }

    private static async Task DeclareReceiptsAsync(ChannelContext channel)
    {
        var cancel = channel.CancellationToken;
        await channel.ExchangeDeclare(SettingsReceipt.Queue, ExchangeType.Fanout, durable: true, autoDelete: false, new Dictionary<string, object>(), cancel);
        await channel.QueueDeclare(SettingsReceipt.Queue, durable: true, exclusive: false, autoDelete: false, ReceiptArguments(), cancel);
        await channel.QueueBind(SettingsReceipt.Queue, SettingsReceipt.Queue, "", new Dictionary<string, object>(), cancel);
    }
}
