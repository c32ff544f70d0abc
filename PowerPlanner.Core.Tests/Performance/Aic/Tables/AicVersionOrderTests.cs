using PowerPlanner.Performance.Aic.Tables;

namespace PowerPlanner.Tests.Performance.Aic.Tables;

internal sealed class AicVersionOrderTests
{
    [Test]
    public void Candidates_come_before_finals_and_suffixes_after()
    {
        string[] oldestFirst = ["main", "0.1.dev19262", "0.5.6", "0.5.6.post2", "0.5.9", "0.5.10", "1.2.0rc5", "1.3.0rc10", "1.3.0rc15", "1.3.0", "1.3.1"];

        var sorted = oldestFirst.Reverse().Order(AicVersionOrder.OldestFirst);

        Assert.That(sorted, Is.EqualTo(oldestFirst));
    }
}
