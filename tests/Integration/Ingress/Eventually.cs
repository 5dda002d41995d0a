namespace TreasureHunt.Tests.Integration.Ingress;

internal static class Eventually
{
    public static async Task TrueAsync(Func<bool> condition, int seconds = 10)
    {
        for (var i = 0; i < seconds * 50; i++)
        {
            if (condition()) return;
            await Task.Delay(20);
        }
        Assert.Fail($"It did not come true in {seconds} s.");
    }
}
