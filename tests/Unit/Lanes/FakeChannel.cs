using System.Reflection;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace TreasureHunt.Tests.Unit.Lanes;

/// <summary>Stands in for a broker channel, as the client behaves: it looks closed before the close has left, and is gone when the broker has answered.</summary>
public class FakeChannel : DispatchProxy
{
    private readonly List<AsyncEventHandler<ShutdownEventArgs>> _gone = [];

    /// <summary>It looks closed.</summary>
    public bool Closed { get; set; }

    /// <summary>Completes when the close is over; null: at once.</summary>
    public TaskCompletionSource? Closing { get; set; }

    public static IChannel Open() => Create<IChannel, FakeChannel>();

    /// <summary>The broker has answered the close, or the connection is dead: nothing is sent on it any more.</summary>
    public void Go()
    {
        Closed = true;
        foreach (var handler in _gone) handler(this, new ShutdownEventArgs(ShutdownInitiator.Application, 200, "closed"));
    }

    protected override object? Invoke(MethodInfo? method, object?[]? args)
    {
        switch (method!.Name)
        {
            case "get_IsOpen": return !Closed;
            case "add_ChannelShutdownAsync":
                _gone.Add((AsyncEventHandler<ShutdownEventArgs>)args![0]!);
                return null;
            case "CloseAsync" when Closing is { } closing:
                return closing.Task;
            case "CloseAsync":
                Go();
                return Task.CompletedTask;
            default: throw new NotSupportedException(method.Name);
        }
    }
}
