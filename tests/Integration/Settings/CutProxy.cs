using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace TreasureHunt.Tests.Integration.Settings;

/// <summary>A TCP proxy whose connections can be cut and which can refuse new ones: a network that fails on command.</summary>
internal sealed class CutProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<TcpClient, byte> _open = new();
    private readonly Uri _target;
    private volatile bool _cut, _disposed;

    public CutProxy(Uri target)
    {
        _target = target;
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>The target's address through this proxy.</summary>
    public Uri Address => new UriBuilder(_target) { Host = "127.0.0.1", Port = ((IPEndPoint)_listener.LocalEndpoint).Port }.Uri;

    public void Cut()
    {
        _cut = true;
        foreach (var client in _open.Keys) client.Dispose();
    }

    public void Mend() => _cut = false;

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient near;
                try
                {
                    near = await _listener.AcceptTcpClientAsync();
                }
                catch (SocketException) when (!_disposed)
                {
                    continue; // who asked had gone again: the next one is waiting
                }
                if (_cut) near.Dispose();
                else _ = JoinAsync(near);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task JoinAsync(TcpClient near)
    {
        using var far = new TcpClient();
        _open[near] = _open[far] = 0;
        try
        {
            await far.ConnectAsync(_target.Host, _target.Port);
            await Task.WhenAny(near.GetStream().CopyToAsync(far.GetStream()), far.GetStream().CopyToAsync(near.GetStream()));
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Cut.
        }
        finally
        {
            near.Dispose();
            _open.TryRemove(near, out _);
            _open.TryRemove(far, out _);
        }
    }

    public ValueTask DisposeAsync()
    {
        _disposed = true;
        Cut();
        _listener.Dispose();
        return ValueTask.CompletedTask;
    }
}
