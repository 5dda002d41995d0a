using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MassTransit;

namespace TreasureHunt.ServiceDefaults.Bus;

/// <summary>
/// Reads a message's bytes itself, once: the bus would parse them twice and keep both. What cannot be read or heard is dropped with a line in the log: this stands before what the bus
/// does with failures, and would be given the same message again and again.
/// </summary>
/// <param name="hear">called with one message at a time</param>
internal sealed class Hearing<T>(JsonTypeInfo<T> json, Action<T> hear) : IFilter<ReceiveContext>
{
    public Task Send(ReceiveContext context, IPipe<ReceiveContext> next)
    {
        try
        {
            hear(JsonSerializer.Deserialize(context.Body.GetBytes(), json) ?? throw new JsonException("The message is empty."));
        }
        catch (Exception e)
        {
            LogContext.Error?.Log(e, "A message of type {Type} could not be heard and is dropped.", typeof(T).Name);
        }
        return Task.CompletedTask;
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("hearing");
}
