using System.Reflection;
using MassTransit;
using MassTransit.RabbitMqTransport;
using TreasureHunt.Tests.Integration.Settings;

namespace TreasureHunt.Tests.Integration.Prefetch;

/// <summary>A filter before the live prefetch: once armed it cuts the connection at one call of the protocol, just before it is sent or just after it was answered.</summary>
internal sealed class CutAt(string call, bool afterwards, CutProxy proxy) : IFilter<ChannelContext>
{
    private int _armed;

    public bool HasCut { get; private set; }

    public void Arm() => Volatile.Write(ref _armed, 1);

    public Task Send(ChannelContext context, IPipe<ChannelContext> next)
    {
        var watched = DispatchProxy.Create<ChannelContext, Watched>();
        ((Watched)(object)watched).Set(context, this);
        return next.Send(watched);
    }

    public void Probe(ProbeContext context)
    {
    }

    private void Cut()
    {
        proxy.Cut();
        HasCut = true;
    }

    /// <summary>Passes every call on.</summary>
    public class Watched : DispatchProxy
    {
        private ChannelContext _channel = null!;
        private CutAt _cut = null!;

        internal void Set(ChannelContext channel, CutAt cut) => (_channel, _cut) = (channel, cut);

        protected override object? Invoke(MethodInfo? method, object?[]? arguments)
        {
            var now = method!.Name == _cut.Call && Interlocked.Exchange(ref _cut._armed, 0) == 1;
            if (now && !_cut.Afterwards) _cut.Cut();
            var answer = method.Invoke(_channel, BindingFlags.DoNotWrapExceptions, null, arguments, null);
            return now && _cut.Afterwards ? CutAfterAsync((Task)answer!) : answer;
        }

        private async Task CutAfterAsync(Task answer)
        {
            await answer;
            _cut.Cut();
        }
    }

    private string Call => call;
    private bool Afterwards => afterwards;
}
