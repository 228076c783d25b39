import { expect, it } from '@jest/globals';
import { summaryOf, type Mutant } from './mutant.ts';

const MUTANTS: readonly Mutant[] = [
  // Giving
  [
    'agents may praise themselves',
    'require(!_identity.isAuthorizedOrOwner(msg.sender, agentId), "Self-feedback not allowed");',
    '',
  ],
  [
    'the sender of the transaction counts',
    '_identity.isAuthorizedOrOwner(msg.sender',
    '_identity.isAuthorizedOrOwner(tx.origin',
  ],
  ['19 decimals', 'MOST_DECIMALS = 18;', 'MOST_DECIMALS = 19;'],
  [
    '17 decimals',
    'feedback.valueDecimals <= MOST_DECIMALS',
    'feedback.valueDecimals < MOST_DECIMALS',
  ],
  [
    'any number of decimals',
    'require(feedback.valueDecimals <= MOST_DECIMALS, "too many decimals");',
    '',
  ],
  ['no largest value', ' && feedback.value <= LARGEST_VALUE', ''],
  ['no smallest value', 'feedback.value >= -LARGEST_VALUE && ', ''],
  [
    'less than the largest value',
    'feedback.value <= LARGEST_VALUE',
    'feedback.value < LARGEST_VALUE',
  ],
  [
    'more than the smallest value',
    'feedback.value >= -LARGEST_VALUE',
    'feedback.value > -LARGEST_VALUE',
  ],
  ['clients twice in the list', 'if (ofClient.length == 0) _clients', '_clients'],
  [
    'clients missing in the list',
    'if (ofClient.length == 0) _clients[agentId].push(msg.sender);',
    '',
  ],
  [
    'agents share their feedback',
    'Feedback[] storage ofClient = _feedback[agentId][msg.sender];',
    'Feedback[] storage ofClient = _feedback[0][msg.sender];',
  ],
  [
    'clients share their feedback',
    'Feedback[] storage ofClient = _feedback[agentId][msg.sender];',
    'Feedback[] storage ofClient = _feedback[agentId][address(0)];',
  ],
  ['the second tag is lost', 'valueDecimals, false, tag1, tag2', 'valueDecimals, false, tag1, ""'],
  ['tags are swapped', 'valueDecimals, false, tag1, tag2', 'valueDecimals, false, tag2, tag1'],
  [
    'feedback is revoked from the beginning',
    'valueDecimals, false, tag1',
    'valueDecimals, true, tag1',
  ],
  [
    'the event has no hash',
    'feedbackURI,\n            feedbackHash\n',
    'feedbackURI,\n            bytes32(0)\n',
  ],
  ['the event has no URI', 'endpoint,\n            feedbackURI,\n', 'endpoint,\n            "",\n'],
  [
    'the event has no endpoint',
    'tag2,\n            endpoint,\n            feedbackURI,',
    'tag2,\n            "",\n            feedbackURI,',
  ],
  [
    'the event has the index before',
    'getLastIndex(agentId, msg.sender),\n            value,',
    'getLastIndex(agentId, msg.sender) - 1,\n            value,',
  ],
  // Revoking
  ['revoking has no effect', 'feedback.isRevoked = true;', ''],
  ['revoking is not told', 'emit FeedbackRevoked(agentId, msg.sender, feedbackIndex);', ''],
  ['revoking twice', 'require(!feedback.isRevoked, "Already revoked");', ''],
  [
    'revoking gives it back',
    'feedback.isRevoked = true;',
    'feedback.isRevoked = !feedback.isRevoked;\n        delete feedback.value;',
  ],
  ['index 0', 'require(index > 0, "index must be > 0");', ''],
  [
    'an index that there is not',
    'require(index <= getLastIndex(agentId, client), "index out of bounds");',
    '',
  ],
  ['not the last index', 'index <= getLastIndex', 'index < getLastIndex'],
  [
    'the wrong feedback',
    'return _feedback[agentId][client][index - 1];',
    'return _feedback[agentId][client][0];',
  ],
  // Responding
  ['responses without a URI', 'require(bytes(responseURI).length > 0, "Empty URI");', ''],
  [
    'responses to nothing',
    '_at(agentId, clientAddress, feedbackIndex);\n        require(bytes',
    'require(bytes',
  ],
  [
    'responses are not told',
    'emit ResponseAppended(agentId, clientAddress, feedbackIndex, msg.sender, responseURI, responseHash);',
    '',
  ],
  [
    'responses have another responder',
    'feedbackIndex, msg.sender, responseURI',
    'feedbackIndex, clientAddress, responseURI',
  ],
  [
    'responders twice in the list',
    'if (_responses[place][msg.sender]++ == 0) _responders',
    '_responses[place][msg.sender]++; _responders',
  ],
  [
    'responders missing in the list',
    'if (_responses[place][msg.sender]++ == 0) _responders[place].push(msg.sender);',
    '_responses[place][msg.sender]++;',
  ],
  [
    'responses counted once',
    'if (_responses[place][msg.sender]++ == 0)',
    'if (_responses[place][msg.sender] == 0 && ++_responses[place][msg.sender] > 0)',
  ],
  [
    'responses of all agents are one',
    'abi.encode(agentId, client, index)',
    'abi.encode(client, index)',
  ],
  [
    'responses to all clients are one',
    'abi.encode(agentId, client, index)',
    'abi.encode(agentId, index)',
  ],
  [
    'responses to all feedback are one',
    'abi.encode(agentId, client, index)',
    'abi.encode(agentId, client)',
  ],
  ['responses of everybody count', 'if (responders.length == 0) responders = ', 'responders = '],
  [
    'responses of nobody in particular do not count',
    'if (responders.length == 0) responders = _responders[place];',
    '',
  ],
  [
    'responses to the last feedback do not count',
    'for (uint64 i = 1; i <= last; i++)',
    'for (uint64 i = 1; i < last; i++)',
  ],
  [
    'responses to all of a client are asked for by 1',
    'if (index > 0) return',
    'if (index > 1) return',
  ],
  [
    'responses to the first client do not count',
    'for (uint256 i = 0; i < clients.length; i++)\n            count += _responsesTo',
    'for (uint256 i = 1; i < clients.length; i++)\n            count += _responsesTo',
  ],
  [
    'responses to all are never counted',
    'if (clientAddress != address(0))\n',
    'if (clientAddress != msg.sender)\n',
  ],
  // Reading
  [
    'a summary of everybody',
    'require(clientAddresses.length > 0, "clientAddresses required");',
    '',
  ],
  [
    'a summary with what was revoked',
    '_filterOf(tag1, tag2, false)',
    '_filterOf(tag1, tag2, true)',
  ],
  ['a summary without the first tag', '_filterOf(tag1, tag2, false)', '_filterOf("", tag2, false)'],
  [
    'a summary without the second tag',
    '_filterOf(tag1, tag2, false)',
    '_filterOf(tag1, "", false)',
  ],
  [
    'either tag will do',
    'one.tag1)))\n            && (filter.tag2',
    'one.tag1)))\n            || (filter.tag2',
  ],
  [
    'tags are compared crosswise',
    'filter.tag1 == keccak256(bytes(one.tag1))',
    'filter.tag1 == keccak256(bytes(one.tag2))',
  ],
  [
    'the first client is left out',
    'for (uint256 i = 0; i < clients.length; i++) {\n            Feedback[]',
    'for (uint256 i = 1; i < clients.length; i++) {\n            Feedback[]',
  ],
  [
    'the first feedback is left out',
    'for (uint64 j = 0; j < ofClient.length; j++)',
    'for (uint64 j = 1; j < ofClient.length; j++)',
  ],
  [
    'decimals are not looked at',
    'one.value * _tenTo(MOST_DECIMALS - one.valueDecimals)',
    'one.value * _tenTo(MOST_DECIMALS)',
  ],
  [
    'the most decimals',
    'if (uses[i] > uses[decimals]) decimals = i;',
    'if (uses[i] > 0) decimals = i;',
  ],
  ['the most of equally common decimals', 'uses[i] > uses[decimals]', 'uses[i] >= uses[decimals]'],
  [
    '18 decimals are never the most common',
    'for (uint8 i = 1; i <= MOST_DECIMALS; i++)',
    'for (uint8 i = 1; i < MOST_DECIMALS; i++)',
  ],
  ['a sum, not a mean', 'sum /= int256(places.length);', ''],
  [
    'a mean that is cut off at the top',
    'while (_isTooLarge(sum / _tenTo(MOST_DECIMALS - decimals))) decimals--;',
    '',
  ],
  ['a mean that is cut off below zero', ' || value < type(int128).min', ''],
  ['a mean that is cut off above zero', 'value > type(int128).max || ', ''],
  ['fewer decimals than fit', 'while (_isTooLarge(', 'while (decimals > 0 && _isTooLarge(10 * '],
  [
    'all, named or not',
    'return clients.length > 0 ? clients : _clients[agentId];',
    'return clients.length > 9 ? clients : _clients[agentId];',
  ],
  [
    'none unless named',
    'return clients.length > 0 ? clients : _clients[agentId];',
    'return agentId > 9 ? _clients[agentId] : clients;',
  ],
  ['all, revoked or not', '_filterOf(tag1, tag2, includeRevoked)', '_filterOf(tag1, tag2, true)'],
  [
    'none that was revoked',
    '_filterOf(tag1, tag2, includeRevoked)',
    '_filterOf(tag1, tag2, false)',
  ],
  ['indexes from 0', 'Place(clients[i], j + 1)', 'Place(clients[i], j)'],
  [
    'values of the neighbour',
    'values[i] = _in(agentId, places[i]).value;',
    'values[i] = _in(agentId, places[0]).value;',
  ],
  ['nothing of what was revoked', 'revokedStatuses[i] = _in(agentId, places[i]).isRevoked;', ''],
  // The registry itself
  [
    'any address is an identity registry',
    'require(identityRegistry.code.length > 0, "bad identity");',
    '',
  ],
  ['the identity registry is not told', 'return address(_identity);', 'return address(this);'],
];

it.each(MUTANTS)('notices %s', async (...mutant) => {
  const tests = 'tests/contracts/reputation-registry.test.ts';
  expect(await summaryOf('ReputationRegistry', tests, mutant)).toMatch(/ [1-9][0-9]* failed/);
});

// Else a test that fails for another reason would look like one that notices.
it('finds nothing wrong with the contract as it is', async () => {
  const tests = 'tests/contracts/reputation-registry.test.ts';
  const summary = await summaryOf('ReputationRegistry', tests, [
    'nothing',
    'contract ReputationRegistry',
    'contract ReputationRegistry',
  ]);
  expect(summary).toMatch(/ [1-9][0-9]* passed/);
  expect(summary).not.toMatch(/failed/);
});
