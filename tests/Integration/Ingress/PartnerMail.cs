using RabbitMQ.Client;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Bus;

namespace TreasureHunt.Tests.Integration.Ingress;

/// <summary>A partner's message, as any AMQP client would send it.</summary>
internal static class PartnerMail
{
    public static async Task SendAsync(HuntOptions options, byte[] body, string? authorization, string? hunt)
    {
        await using var connection = await new ConnectionFactory { Uri = options.RabbitMq }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true));
        var headers = new Dictionary<string, object?>();
        if (authorization is not null) headers["authorization"] = authorization;
        if (hunt is not null) headers["hunt"] = hunt;
        await channel.BasicPublishAsync("", HuntBus.IntakeQueue, mandatory: true, new BasicProperties { Headers = headers, Persistent = true }, body);
    }
}
