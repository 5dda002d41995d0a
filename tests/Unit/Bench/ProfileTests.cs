using System.Text.Json;
using TreasureHunt.Cli.Boxes;
using TreasureHunt.Tests.Benchmarks.Profile;

namespace TreasureHunt.Tests.Unit.Bench;

/// <summary>When an action counts as dearer: 15 % more bytes, or 25 % more processor time in relation to the other arm, in each of three tries.</summary>
public sealed class ProfileTests
{
    private static readonly Profile Kept = Figure(2_000, 0.04);

    [Theory]
    [InlineData(1_000, 0.01)]
    [InlineData(2_000, 0.04)]
    [InlineData(2_300, 0.05)] // the most
    public void What_is_within_its_limit_is_not_dearer(double bytes, double cpu) => Assert.Empty(Worse(Figure(bytes, cpu)));

    [Fact]
    public void A_byte_more_is_dearer_and_says_what_was_measured_what_is_kept_and_what_is_allowed() => Assert.Equal(
        ["An action allocates 2,301 bytes in the processor; 2,000 are kept in profile.json, 15% more is the most."], Worse(Figure(2_301, 0.05)));

    [Fact]
    public void A_ten_thousandth_more_of_the_other_arms_processor_time_is_dearer_and_says_so() => Assert.Equal(
        ["An action costs all processes together 0.050 of what it costs the idiomatic arm; 0.040 are kept in profile.json, 25% more is the most."], Worse(Figure(2_300, 0.0501)));

    [Fact]
    public void Both_can_be_dearer_at_once() => Assert.Equal(2, Worse(Figure(2_301, 0.0501)).Count());

    [Fact]
    public void Processor_time_by_itself_hangs_on_the_machine_and_makes_nothing_dearer() =>
        Assert.Empty(Worse(Figure(2_000, 0.04) with { AllCpuMicros = 2_400, ReferenceAllCpuMicros = 60_000, ProcessorMicros = 340, ReferenceProcessorMicros = 8_500 }));

    [Fact]
    public void A_processor_that_is_dearer_makes_nothing_dearer_while_all_together_are_not() =>
        Assert.Empty(Worse(Figure(2_000, 0.04) with { ProcessorToReference = 0.9 }));

    [Fact]
    public void Where_all_together_are_not_known_on_either_side_the_processor_is_compared()
    {
        var (unseen, dearer) = (Figure(2_000, 0.9) with { AllCpuToReference = null }, "An action costs the processor 0.060 of what it costs the idiomatic arm; 0.030 are kept in profile.json, 25% more is the most.");
        Assert.Empty(Worse(unseen));
        Assert.Equal([dearer], Worse(unseen with { ProcessorToReference = 0.06 }));
        Assert.Equal([dearer], ProfileBenchmark.Worse([Figure(2_000, 0.9) with { ProcessorToReference = 0.06 }], Kept with { AllCpuToReference = null }));
    }

    [Fact]
    public void What_rises_in_every_try_is_dearer_and_the_least_of_the_tries_is_named()
    {
        Assert.StartsWith("An action allocates 2,400 bytes", Assert.Single(Worse(Figure(2_500, 0.04), Figure(2_400, 0.04), Figure(2_600, 0.04))));
        Assert.StartsWith("An action costs all processes together 0.060 ", Assert.Single(Worse(Figure(2_000, 0.08), Figure(2_000, 0.07), Figure(2_000, 0.06))));
    }

    [Theory]
    [InlineData(0), InlineData(1), InlineData(2)]
    public void One_try_within_the_limits_is_enough_whichever_it_is(int good)
    {
        var figures = Enumerable.Range(0, 3).Select(i => i == good ? Figure(2_300, 0.05) : Figure(9_000, 0.9)).ToArray();
        Assert.Empty(Worse(figures));
    }

    [Fact]
    public void Each_figure_needs_a_good_try_not_both_the_same() => Assert.Empty(Worse(Figure(9_000, 0.04), Figure(2_000, 0.9)));

    [Theory]
    [InlineData(1, true, true, true)] // good at once: no second try
    [InlineData(2, false, true, true)]
    [InlineData(3, false, false, true)]
    [InlineData(3, false, false, false)] // and no fourth
    public async Task It_is_tried_again_while_it_is_dearer_three_times_at_most(int tries, params bool[] good)
    {
        var measured = 0;
        var figures = await ProfileBenchmark.TryAsync(Kept, () => Task.FromResult(good[measured++] ? Figure(2_000, 0.04) : Figure(2_301, 0.04)));
        Assert.Equal((tries, tries), (measured, figures.Count));
        Assert.Equal(!good[tries - 1], ProfileBenchmark.Worse(figures, Kept).Any());
    }

    [Fact]
    public async Task What_is_to_be_kept_is_measured_once() =>
        Assert.Equal([Figure(9_000, 0.9)], await ProfileBenchmark.TryAsync(kept: null, () => Task.FromResult(Figure(9_000, 0.9))));

    [Fact]
    public void The_figures_that_are_checked_in_can_be_compared_with()
    {
        var kept = JsonSerializer.Deserialize<Profile>(File.ReadAllText(Path.Combine(Box.RepositoryRoot(), "tests/Benchmarks/profile.json")), JsonSerializerOptions.Web)!;
        Assert.True(kept.AllocatedBytes > 0 && kept.AllCpuToReference is null or > 0 && kept.ProcessorToReference > 0, $"{kept}");
        Assert.Empty(ProfileBenchmark.Worse([kept], kept));
    }

    private static IEnumerable<string> Worse(params Profile[] figures) => ProfileBenchmark.Worse(figures, Kept);

    private static Profile Figure(double bytes, double cpu) => new(bytes, cpu, AllCpuMicros: 240, ReferenceAllCpuMicros: 6_000, ProcessorToReference: 0.03, ProcessorMicros: 26, ReferenceProcessorMicros: 850);
}
