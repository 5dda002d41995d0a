using System.Reflection;
using MassTransit;
using MassTransit.RabbitMqTransport;

namespace TreasureHunt.Tests.Integration.Prefetch;

/// <summary>A filter before the live prefetch: once armed something happens at one call of the protocol, just before it is sent or just after it was answered.</summary>
/// <param name="happens">may throw, which is then what became of the call</param>
internal sealed class AtCall(string call, bool afterwards, Action happens) : IFilter<ChannelContext>
{
    private int _armed;

    public bool HasHappened { get; private set; }

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

    private void Happen()
    {
        HasHappened = true;
        happens();
    }

    /// <summary>Passes every call on.</summary>
    public class Watched : DispatchProxy
    {
        private ChannelContext _channel = null!;
        private AtCall _at = null!;

        internal void Set(ChannelContext channel, AtCall at) => (_channel, _at) = (channel, at);

        protected override object? Invoke(MethodInfo? method, object?[]? arguments)
        {
            var now = method!.Name == _at.Call && Interlocked.Exchange(ref _at._armed, 0) == 1;
            if (now && !_at.Afterwards) _at.Happen();
            var answer = method.Invoke(_channel, BindingFlags.DoNotWrapExceptions, null, arguments, null);
            return !now || !_at.Afterwards ? answer : answer is Task<string> text ? AfterAsync(text) : AfterAsync((Task)answer!);
        }

        private async Task<string> AfterAsync(Task<string> answer)
        {
            var text = await answer;
            _at.Happen();
            return text;
        }

        private async Task AfterAsync(Task answer)
        {
            await answer;
            _at.Happen();
        }
    }

    private string Call => call;
    private bool Afterwards => afterwards;
}
