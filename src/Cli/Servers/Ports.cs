using System.Net;
using System.Net.Sockets;

namespace TreasureHunt.Cli.Servers;

public static class Ports
{
    // Below the range systems use for outgoing connections: such a port cannot be taken between choice and use by chance.
    private const int First = 18000, Last = 31999;

    /// <summary>Ports of the loopback address that nobody listens on, all different.</summary>
    public static int[] Free(int count)
    {
        var held = new List<TcpListener>(count);
        try
        {
            var tried = 0;
            while (held.Count < count)
            {
                if (++tried > 2_000) throw new InvalidOperationException($"No {count} free ports between {First} and {Last}.");
                var listener = new TcpListener(IPAddress.Loopback, Random.Shared.Next(First, Last + 1)) { ExclusiveAddressUse = true };
                try
                {
                    listener.Start();
                    held.Add(listener);
                }
                catch (SocketException)
                {
                    listener.Dispose();
                }
            }
            return [.. held.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        }
        finally
        {
            held.ForEach(listener => listener.Dispose());
        }
    }
}
