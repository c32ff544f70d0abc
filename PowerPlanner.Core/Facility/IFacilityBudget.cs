namespace PowerPlanner.Facility;

/// <summary>
/// How a host hands one deployment its share of the facility's watts, whatever enforces it: a controller in the same process, another process,
/// a rack. <see cref="FacilityHandout"/> calls it, one call at a time.
/// </summary>
public interface IFacilityBudget
{
    /// <summary>
    /// Orders a share. It replaces every share ordered before, those that are not in force yet too. Returning means that the order has arrived,
    /// not that it is in force. An exception means that nobody knows.
    /// </summary>
    /// <param name="watts">The share, W, at least 0.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    ValueTask OrderAsync(long watts, CancellationToken cancellationToken);

    /// <summary>
    /// The most that the deployment may draw at this moment, W, confirmed and not merely ordered: until a lower share is in force and what runs has
    /// come down to it, the higher one. Null, or an exception, where it is not known: before the fleet was read, say. A deployment that may draw
    /// without bound says <see cref="long.MaxValue"/>; null never means that.
    /// </summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    ValueTask<long?> ReadInForceAsync(CancellationToken cancellationToken);
}
