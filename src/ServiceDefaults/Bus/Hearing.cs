using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MassTransit;

namespace TreasureHunt.ServiceDefaults.Bus;

/// <summary>Reads a message's bytes itself, once: the bus would parse them twice and keep both.</summary>
/// <param name="hear">called with one message at a time</param>
internal sealed class Hearing<T>(JsonTypeInfo<T> json, Action<T> hear) : IFilter<ReceiveContext>
{
    /// <exception cref="JsonException">it is none; the endpoint drops it</exception>
    public Task Send(ReceiveContext context, IPipe<ReceiveContext> next)
    {
        hear(JsonSerializer.Deserialize(context.Body.GetBytes(), json) ?? throw new JsonException("The message is empty."));
        return Task.CompletedTask;
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("hearing");
}
