// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

interface IIdentityRegistry {
    function isAuthorizedOrOwner(address spender, uint256 agentId) external view returns (bool);
}

/// @title What clients say of agents: the reputation registry of ERC-8004
/// @notice Feedback is a signed decimal number, `value / 10 ** valueDecimals`, whose meaning its tags
/// tell. Anybody may give it but those who act for the agent. Indexes of a client's feedback start at 1.
contract ReputationRegistry {
    struct Feedback {
        int128 value;
        uint8 valueDecimals;
        bool isRevoked;
        string tag1;
        string tag2;
    }

    struct Place {
        address client;
        uint64 index;
    }

    // A hash of zero lets every tag pass.
    struct Filter {
        bytes32 tag1;
        bytes32 tag2;
        bool includeRevoked;
    }

    event NewFeedback(
        uint256 indexed agentId,
        address indexed clientAddress,
        uint64 feedbackIndex,
        int128 value,
        uint8 valueDecimals,
        string indexed indexedTag1,
        string tag1,
        string tag2,
        string endpoint,
        string feedbackURI,
        bytes32 feedbackHash
    );
    event FeedbackRevoked(
        uint256 indexed agentId,
        address indexed clientAddress,
        uint64 indexed feedbackIndex
    );
    event ResponseAppended(
        uint256 indexed agentId,
        address indexed clientAddress,
        uint64 feedbackIndex,
        address indexed responder,
        string responseURI,
        bytes32 responseHash
    );

    uint8 private constant MOST_DECIMALS = 18;
    int128 private constant LARGEST_VALUE = 1e38;

    IIdentityRegistry private immutable _identity;
    mapping(uint256 agentId => address[] clients) private _clients;
    mapping(uint256 agentId => mapping(address client => Feedback[])) private _feedback;
    mapping(bytes32 place => address[] responders) private _responders;
    mapping(bytes32 place => mapping(address responder => uint64 count)) private _responses;

    constructor(address identityRegistry) {
        require(identityRegistry.code.length > 0, "bad identity");
        _identity = IIdentityRegistry(identityRegistry);
    }

    function getIdentityRegistry() external view returns (address) {
        return address(_identity);
    }

    /// @notice Records feedback of the caller.
    /// @param valueDecimals from 0 to 18
    /// @param feedbackHash of the file that `feedbackURI` leads to; zero when the URI holds it
    function giveFeedback(
        uint256 agentId,
        int128 value,
        uint8 valueDecimals,
        string memory tag1,
        string memory tag2,
        string memory endpoint,
        string memory feedbackURI,
        bytes32 feedbackHash
    ) external {
        _record(agentId, Feedback(value, valueDecimals, false, tag1, tag2));
        emit NewFeedback(
            agentId,
            msg.sender,
            getLastIndex(agentId, msg.sender),
            value,
            valueDecimals,
            tag1,
            tag1,
            tag2,
            endpoint,
            feedbackURI,
            feedbackHash
        );
    }

    function revokeFeedback(uint256 agentId, uint64 feedbackIndex) external {
        Feedback storage feedback = _at(agentId, msg.sender, feedbackIndex);
        require(!feedback.isRevoked, "Already revoked");
        feedback.isRevoked = true;
        emit FeedbackRevoked(agentId, msg.sender, feedbackIndex);
    }

    /// @notice Answers feedback; anybody may, the agent with a refund as well as a spam watcher.
    function appendResponse(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex,
        string calldata responseURI,
        bytes32 responseHash
    ) external {
        _at(agentId, clientAddress, feedbackIndex);
        require(bytes(responseURI).length > 0, "Empty URI");
        bytes32 place = _placeOf(agentId, clientAddress, feedbackIndex);
        if (_responses[place][msg.sender]++ == 0) _responders[place].push(msg.sender);
        emit ResponseAppended(agentId, clientAddress, feedbackIndex, msg.sender, responseURI, responseHash);
    }

    /// @notice The mean of what was not revoked, towards zero, in the number of decimals that is most
    /// common (the fewest of several), or in fewer where it would not fit.
    /// @param clientAddresses whose word counts; must be given, since anybody can make up clients
    /// @param tag1 counts feedback with this tag alone, unless it is empty
    function getSummary(
        uint256 agentId,
        address[] calldata clientAddresses,
        string calldata tag1,
        string calldata tag2
    ) external view returns (uint64 count, int128 summaryValue, uint8 summaryValueDecimals) {
        require(clientAddresses.length > 0, "clientAddresses required");
        Place[] memory places = _matching(agentId, clientAddresses, _filterOf(tag1, tag2, false));
        count = uint64(places.length);
        if (count > 0) (summaryValue, summaryValueDecimals) = _mean(agentId, places);
    }

    function readFeedback(uint256 agentId, address clientAddress, uint64 feedbackIndex)
        external
        view
        returns (int128 value, uint8 valueDecimals, string memory tag1, string memory tag2, bool isRevoked)
    {
        Feedback storage one = _at(agentId, clientAddress, feedbackIndex);
        return (one.value, one.valueDecimals, one.tag1, one.tag2, one.isRevoked);
    }

    /// @notice All feedback that passes the filters; of all clients when none is named.
    function readAllFeedback(
        uint256 agentId,
        address[] memory clientAddresses,
        string memory tag1,
        string memory tag2,
        bool includeRevoked
    )
        external
        view
        returns (
            address[] memory clients,
            uint64[] memory feedbackIndexes,
            int128[] memory values,
            uint8[] memory valueDecimals,
            string[] memory tag1s,
            string[] memory tag2s,
            bool[] memory revokedStatuses
        )
    {
        Place[] memory places = _matching(
            agentId, _orAll(agentId, clientAddresses), _filterOf(tag1, tag2, includeRevoked)
        );
        clients = new address[](places.length);
        feedbackIndexes = new uint64[](places.length);
        values = new int128[](places.length);
        valueDecimals = new uint8[](places.length);
        tag1s = new string[](places.length);
        tag2s = new string[](places.length);
        revokedStatuses = new bool[](places.length);
        for (uint256 i = 0; i < places.length; i++) {
            clients[i] = places[i].client;
            feedbackIndexes[i] = places[i].index;
            values[i] = _in(agentId, places[i]).value;
            valueDecimals[i] = _in(agentId, places[i]).valueDecimals;
            tag1s[i] = _in(agentId, places[i]).tag1;
            tag2s[i] = _in(agentId, places[i]).tag2;
            revokedStatuses[i] = _in(agentId, places[i]).isRevoked;
        }
    }

    /// @notice How many responses there are: to all feedback when the client is zero, to all of a client
    /// when the index is 0; of all responders when none is named.
    function getResponseCount(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex,
        address[] calldata responders
    ) external view returns (uint64 count) {
        if (clientAddress != address(0))
            return _responsesTo(agentId, clientAddress, feedbackIndex, responders);
        address[] storage clients = _clients[agentId];
        for (uint256 i = 0; i < clients.length; i++)
            count += _responsesTo(agentId, clients[i], 0, responders);
    }

    /// @notice Everybody who gave feedback, once each, in the order of their first.
    function getClients(uint256 agentId) external view returns (address[] memory) {
        return _clients[agentId];
    }

    /// @notice The index of a client's latest feedback; 0 when there is none.
    function getLastIndex(uint256 agentId, address clientAddress) public view returns (uint64) {
        return uint64(_feedback[agentId][clientAddress].length);
    }

    /// @notice The version of the reference interface that this one is call-compatible with.
    function getVersion() external pure returns (string memory) {
        return "2.0.0";
    }

    // The identity registry reverts when there is no such agent.
    function _record(uint256 agentId, Feedback memory feedback) private {
        require(feedback.valueDecimals <= MOST_DECIMALS, "too many decimals");
        require(feedback.value >= -LARGEST_VALUE && feedback.value <= LARGEST_VALUE, "value too large");
        require(!_identity.isAuthorizedOrOwner(msg.sender, agentId), "Self-feedback not allowed");
        Feedback[] storage ofClient = _feedback[agentId][msg.sender];
        if (ofClient.length == 0) _clients[agentId].push(msg.sender);
        ofClient.push(feedback);
    }

    function _at(uint256 agentId, address client, uint64 index) private view returns (Feedback storage) {
        require(index > 0, "index must be > 0");
        require(index <= getLastIndex(agentId, client), "index out of bounds");
        return _feedback[agentId][client][index - 1];
    }

    function _in(uint256 agentId, Place memory place) private view returns (Feedback storage) {
        return _feedback[agentId][place.client][place.index - 1];
    }

    function _orAll(uint256 agentId, address[] memory clients) private view returns (address[] memory) {
        return clients.length > 0 ? clients : _clients[agentId];
    }

    function _placeOf(uint256 agentId, address client, uint64 index) private pure returns (bytes32) {
        return keccak256(abi.encode(agentId, client, index));
    }

    function _filterOf(string memory tag1, string memory tag2, bool includeRevoked)
        private
        pure
        returns (Filter memory)
    {
        return Filter(_hashUnlessEmpty(tag1), _hashUnlessEmpty(tag2), includeRevoked);
    }

    function _hashUnlessEmpty(string memory tag) private pure returns (bytes32) {
        return bytes(tag).length == 0 ? bytes32(0) : keccak256(bytes(tag));
    }

    function _passes(Feedback storage one, Filter memory filter) private view returns (bool) {
        return (filter.includeRevoked || !one.isRevoked)
            && (filter.tag1 == 0 || filter.tag1 == keccak256(bytes(one.tag1)))
            && (filter.tag2 == 0 || filter.tag2 == keccak256(bytes(one.tag2)));
    }

    // Counts, then fills: memory arrays cannot grow.
    function _matching(uint256 agentId, address[] memory clients, Filter memory filter)
        private
        view
        returns (Place[] memory places)
    {
        places = new Place[](_collect(agentId, clients, filter, new Place[](0)));
        _collect(agentId, clients, filter, places);
    }

    function _collect(uint256 agentId, address[] memory clients, Filter memory filter, Place[] memory places)
        private
        view
        returns (uint256 count)
    {
        for (uint256 i = 0; i < clients.length; i++) {
            Feedback[] storage ofClient = _feedback[agentId][clients[i]];
            for (uint64 j = 0; j < ofClient.length; j++) {
                if (!_passes(ofClient[j], filter)) continue;
                if (places.length > 0) places[count] = Place(clients[i], j + 1);
                count++;
            }
        }
    }

    // Computed with 18 decimals. The largest sum of 2 ** 64 values, 1.8e75, fits.
    function _mean(uint256 agentId, Place[] memory places) private view returns (int128 mean, uint8 decimals) {
        int256 sum = 0;
        uint256[MOST_DECIMALS + 1] memory uses;
        for (uint256 i = 0; i < places.length; i++) {
            Feedback storage one = _in(agentId, places[i]);
            sum += one.value * _tenTo(MOST_DECIMALS - one.valueDecimals);
            uses[one.valueDecimals]++;
        }
        for (uint8 i = 1; i <= MOST_DECIMALS; i++)
            if (uses[i] > uses[decimals]) decimals = i;
        sum /= int256(places.length);
        while (_isTooLarge(sum / _tenTo(MOST_DECIMALS - decimals))) decimals--;
        mean = int128(sum / _tenTo(MOST_DECIMALS - decimals));
    }

    function _isTooLarge(int256 value) private pure returns (bool) {
        return value > type(int128).max || value < type(int128).min;
    }

    function _tenTo(uint8 exponent) private pure returns (int256) {
        return int256(10 ** uint256(exponent));
    }

    function _responsesTo(uint256 agentId, address client, uint64 index, address[] calldata responders)
        private
        view
        returns (uint64 count)
    {
        if (index > 0) return _responsesAt(_placeOf(agentId, client, index), responders);
        uint64 last = getLastIndex(agentId, client);
        for (uint64 i = 1; i <= last; i++)
            count += _responsesAt(_placeOf(agentId, client, i), responders);
    }

    function _responsesAt(bytes32 place, address[] memory responders) private view returns (uint64 count) {
        if (responders.length == 0) responders = _responders[place];
        for (uint256 i = 0; i < responders.length; i++) count += _responses[place][responders[i]];
    }
}
