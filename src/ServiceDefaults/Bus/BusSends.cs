using MassTransit;

namespace TreasureHunt.ServiceDefaults.Bus;

public static class BusSends
{
    /// <summary>
    /// Sends, and stops waiting when the token ends. The bus library looks at the token only here and there: a send that waits for a
    /// connection or a confirm could hold its caller for ever. What was given up may still arrive, so it must be harmless twice.
    /// </summary>
    /// <exception cref="OperationCanceledException">given up</exception>
    public static async Task SendWithinAsync<T>(this ISendEndpointProvider bus, Uri address, T message, IPipe<SendContext<T>> pipe, CancellationToken cancel)
        where T : class
    {
        var endpoint = await bus.GetSendEndpoint(address).WaitAsync(cancel);
        await endpoint.Send(message, pipe, cancel).WaitAsync(cancel);
    }
}
